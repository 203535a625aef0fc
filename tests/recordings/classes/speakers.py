"""Property 21: who speaks and hears when, and what is sent before it arrives."""
import copy

from classes.evidence import event
from classes.messages import alive_at, calls, reply_of
from classes.places import pick
from edit import Edit


def before_its_sending(recording, chance):
    """A message is delivered before it was sent."""
    places = [(index, recording.delivered[recording.message(index)['id']][0]) for index in recording.said('call', 'object_action')
              if recording.message(index)['id'] in recording.delivered]
    place = pick(chance, places)
    if place is None or place[0] < 20:
        return None
    edit = Edit(recording)
    edit.move([place[1]], place[0] - 1)
    return edit


def unknown_message(recording, chance, edit, index):
    edit.event(index)['id'] += '9999'


def speaks(when):
    """A node says something before it was started, or after its end."""
    def wrong(recording, chance):
        places = []
        for name, states in recording.lives().items():
            over = [states[state] for state in ('stopped', 'killed', 'exited') if state in states]
            said = [index for index in recording.of('send') if recording.message(index)['from'] == name and
                    recording.message(index)['kind'] in ('call', 'cast')]
            if said and (over if when == 'after' else states.get('starting', 0) > 20):
                places.append((chance.choice(said), over[0] + 3 if when == 'after' else states['starting'] - 3))
        places = [(said, at) for said, at in places if at < recording.of('final')[0]]
        place = pick(chance, places)
        if place is None:
            return None
        message = copy.deepcopy(recording.message(place[0]))
        message['id'] += '0000'
        edit = Edit(recording)
        edit.put(place[1], {'kind': 'send', 'message': message})
        return edit
    return wrong


def hears(when):
    """Something is delivered to a node before it was started, or after its end."""
    def wrong(recording, chance):
        places = []
        for name, states in recording.lives().items():
            over = [states[state] for state in ('stopped', 'killed', 'exited') if state in states]
            at = over[0] + 2 if over and when == 'after' else states.get('starting', 0) - 2 if when == 'before' else 0
            got = [index for index in recording.of('deliver') if recording.events[index]['receiver'] == name and
                   recording.message(recording.sent[recording.events[index]['id']])['kind'] == 'call' and (
                       when == 'after' and recording.sent[recording.events[index]['id']] < at)]
            if when == 'before':
                got = [index for index in recording.of('deliver') if index < at]
            if got and 20 < at < recording.of('final')[0]:
                places.append((chance.choice(got), name, at, states))
        place = pick(chance, places)
        if place is None:
            return None
        edit = Edit(recording)
        release = recording.events[place[3].get('starting', 0)].get('release')
        edit.put(place[2], {'kind': 'deliver', 'id': recording.events[place[0]]['id'], 'receiver': place[1], 'release': release})
        return edit
    return wrong


def unasked_reply(recording, chance):
    """A reply to a question that nobody asked."""
    place = reply_of(recording, chance)
    if place is None:
        return None
    message = copy.deepcopy(recording.message(place[2]))
    message['to'] = message['cause'] = message['to'] + '9999'
    message['id'] += '0000'
    edit = Edit(recording)
    edit.put(place[3], {'kind': 'send', 'message': message})
    return edit


def other_answers(recording, chance):
    """The reply comes from a node that was not asked."""
    place = reply_of(recording, chance)
    if place is None:
        return None
    message = recording.message(place[2])
    others = [name for name in alive_at(recording, place[2]) if name != message['from']]
    if not others:
        return None
    edit = Edit(recording)
    changed = edit.message(place[2])
    changed['from'] = chance.choice(sorted(others))
    changed['id'] = changed['from'] + '/7777777'
    edit.event(place[3])['id'] = changed['id']
    return edit


def answered_before_asked(recording, chance):
    """A reply is sent before its question was delivered."""
    places = [place for place in calls(recording) if place[2] - place[1] > 1 and
              recording.message(place[0])['args'].get('objmethod') == 'get']
    place = pick(chance, places)
    if place is None or place[0] < 20:
        return None
    edit = Edit(recording)
    edit.move([place[2], *recording.delivered.get(recording.message(place[2])['id'], ())], place[0] - 1)
    return edit


def message_twice(recording, chance, edit, index):
    """Another message has an id that was given before."""
    others = [place for place in recording.said('call') if place < index and
              recording.message(place)['from'] == recording.message(index)['from']]
    if not others:
        return False
    edit.put(index, {'kind': 'send', 'message': copy.deepcopy(recording.message(chance.choice(others)))})


def two_at_once(recording, chance):
    """The next incarnation of a node starts while the one before is alive."""
    places = []
    for name, states in recording.lives().items():
        node, number = name.split('#')
        following = recording.lives().get('%s#%d' % (node, int(number) + 1), {})
        over = [states[state] for state in ('stopped', 'killed') if state in states]
        if over and 'starting' in following:
            places.append((following['starting'], over[0]))
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    edit.move([place[0]], place[1] - 3)
    return edit


def incarnation(recording, chance, edit, index):
    edit.event(index)['incarnation'] += 5


def other_release(recording, chance, edit, index):
    others = sorted(set(recording.catalogs) - {recording.events[index]['release']})
    if not others:
        return False
    edit.event(index)['release'] = others[0]


def ready_unstarted(recording, chance):
    place = pick(chance, recording.states('starting'))
    edit = Edit(recording)
    edit.drop(place)
    return edit


OWNER = ('evidence', 'refused')
CLASSES = [
    (21, 'delivered before it was sent', OWNER, before_its_sending),
    (21, 'something is delivered that nobody sent', OWNER, event(unknown_message, 'deliver')),
    (21, 'a node speaks before its start', OWNER, speaks('before')),
    (21, 'a node speaks after its end', OWNER, speaks('after')),
    (21, 'a node hears before its start', OWNER, hears('before')),
    (21, 'a node hears after its end', OWNER, hears('after')),
    (21, 'a reply to what nobody asked', OWNER, unasked_reply),
    (21, 'a reply of one who was not asked', OWNER, other_answers),
    (21, 'a reply before its question', OWNER, answered_before_asked),
    (21, 'two messages with one id', OWNER, event(message_twice, 'send', where=lambda recording, index: index > 100)),
    (21, 'two incarnations at once', OWNER, two_at_once),
    (21, 'an incarnation of another number', OWNER, event(incarnation, 'node')),
    (21, 'ready without a start', OWNER, ready_unstarted),
    (21, 'delivered at another release', OWNER, event(other_release, 'deliver')),
]
