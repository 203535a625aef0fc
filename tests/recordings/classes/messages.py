"""Property 11 and the deliveries of property 10: an answer reaches its asker, once, in time; work reaches one consumer."""
import copy

from classes.places import pick
from edit import PAST, Edit


def calls(recording, *, clients=False):
    """(where it was sent, delivered, answered) of what was asked and answered while its asker lived."""
    for index in recording.said('request' if clients else 'call'):
        message = recording.message(index)
        if message.get('method') == 'service_update':
            continue
        answered = recording.answer(message['id'])
        if answered is not None and message['id'] in recording.delivered:
            yield index, recording.delivered[message['id']][0], answered


def reply_of(recording, chance):
    """(where sent, delivered, answered, where the answer arrived) of a call between nodes."""
    places = [(sent, at, answered, recording.delivered[recording.message(answered)['id']][0])
              for sent, at, answered in calls(recording) if recording.message(answered)['id'] in recording.delivered]
    return pick(chance, places)


def never_arrives(recording, chance):
    """A reply is sent and reaches nobody."""
    place = reply_of(recording, chance)
    if place is None:
        return None
    edit = Edit(recording)
    edit.drop(place[3])
    return edit


def other_receiver(recording, chance):
    """A reply is delivered to another node of the asker's role."""
    place = reply_of(recording, chance)
    if place is None:
        return None
    asker = recording.events[place[3]]['receiver']
    alive = alive_at(recording, place[3])
    others = [name for name in alive if name.split('.')[0] == asker.split('.')[0] and name != asker]
    if not others:
        return None
    edit = Edit(recording)
    event = edit.event(place[3])
    event['receiver'] = chance.choice(sorted(others))
    event['release'] = alive[event['receiver']]
    return edit


def alive_at(recording, index):
    """{incarnation: release} of the nodes that are ready at a place."""
    alive = {}
    for place in recording.of('node'):
        if place > index:
            break
        event = recording.events[place]
        name = '%s#%d' % (event['node'], event['incarnation'])
        if event['state'] == 'ready':
            alive[name] = event['release']
        elif event['state'] != 'starting':
            alive.pop(name, None)
    return alive


def again(recording, chance, change):
    place = reply_of(recording, chance)
    if place is None:
        return None
    second = copy.deepcopy(recording.message(place[2]))
    second['id'] += '0000'
    change(second)
    edit = Edit(recording)
    arrived = {key: value for key, value in recording.events[place[3]].items() if key not in ('n', 't')}
    edit.put(place[3], {'kind': 'send', 'message': second}, dict(arrived, id=second['id']))
    return edit


def second_other_reply(recording, chance):
    """A question is answered twice, the second time with an error."""
    def to_error(message):
        message.pop('result', None)
        message['error'] = {'type': 'NotFound', 'message': 'it is not there', 'kwargs': {}}
    return again(recording, chance, to_error)


def second_same_reply(recording, chance):
    return again(recording, chance, lambda message: None)


def late(clients):
    """An answer comes after its time; everything after it is later, too."""
    def change(recording, chance):
        place = pick(chance, calls(recording, clients=clients))
        if place is None:
            return None
        edit = Edit(recording)
        edit.delay(place[2], PAST)
        return edit.unstarved()
    return change


def call_unanswered(recording, chance):
    """A read of an engine is never answered, and it never speaks of it again."""
    places = [place for place in calls(recording) if recording.message(place[0])['args'].get('objmethod') in ('get', 'list')]
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    edit.unsay(place[2])
    return edit.unstarved()


def request_unanswered(recording, chance):
    """A client's read is never answered; its client says so."""
    places = []
    for name, invoked, _, ended in recording.acknowledged('read', 'list'):
        request = recording.request(name)
        answered = recording.answer(recording.message(request)['id']) if request is not None else None
        if answered is not None:
            places.append((answered, ended))
    place = pick(chance, places)
    if place is None:
        return None
    return Edit(recording).no_answer(place[0], place[1])


def call_undelivered(recording, chance):
    """A call reaches nobody and is answered nevertheless by nobody."""
    places = [place for place in calls(recording) if recording.message(place[0])['args'].get('objmethod') == 'get']
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    edit.drop(place[1])
    edit.unsay(place[2])
    return edit.unstarved()


def call_twice(recording, chance):
    """A save is delivered to a second conductor as well."""
    places = [place for place in calls(recording) if recording.message(place[0])['args'].get('objmethod') == 'save']
    place = pick(chance, places)
    return place and deliver_again(recording, chance, place[1])


def deliver_again(recording, chance, at):
    event = recording.events[at]
    alive = alive_at(recording, at)
    others = [name for name in alive if name.split('.')[0] == event['receiver'].split('.')[0] and name != event['receiver']]
    if not others:
        return None
    receiver = chance.choice(sorted(others))
    edit = Edit(recording)
    edit.put(at, {'kind': 'deliver', 'id': event['id'], 'receiver': receiver, 'release': alive[receiver]})
    return edit


def taken_casts(recording):
    return [(index, recording.delivered[recording.message(index)['id']][0]) for index in recording.said('cast')
            if recording.message(index)['id'] in recording.delivered]


def cast_to_two(recording, chance):
    """A cast is delivered to two engines."""
    place = pick(chance, taken_casts(recording))
    return place and deliver_again(recording, chance, place[1])


def cast_undelivered(recording, chance):
    """A cast that was taken up never reached its engine."""
    place = pick(chance, taken_casts(recording))
    if place is None:
        return None
    edit = Edit(recording)
    edit.drop(place[1])
    return edit


def cast_dropped(recording, chance):
    """A cast is dropped although its receiver was not killed."""
    place = pick(chance, taken_casts(recording))
    if place is None:
        return None
    edit = Edit(recording)
    event = edit.event(place[1])
    receiver = event.pop('receiver')
    del event['release']
    event.update(kind='drop', why='receiver gone: ' + receiver)
    return edit


OWNER = ('liveness',)
CLASSES = [
    (10, 'a cast is delivered to two engines', ('wire-schema', 'effect-count'), cast_to_two),
    (11, 'a reply never arrives', OWNER, never_arrives),
    (11, 'a reply arrives at another node', OWNER, other_receiver),
    (11, 'a second, other reply', OWNER, second_other_reply),
    (11, 'the same reply a second time', OWNER, second_same_reply),
    (11, 'a late answer to a node', OWNER, late(False)),
    (11, 'a late answer to a client', OWNER, late(True)),
    (11, 'a call is never answered', OWNER, call_unanswered),
    (11, 'a client is never answered', OWNER, request_unanswered),
    (11, 'a call reaches nobody', OWNER, call_undelivered),
    (11, 'a save is delivered twice', OWNER + ('effect-count',), call_twice),
    (11, 'a cast reaches nobody', OWNER, cast_undelivered),
    (11, 'a cast is dropped', OWNER, cast_dropped),
]
