"""Property 12: service records change by their own heartbeats, and answers to heartbeats are the records."""
import copy
import json

from classes.places import pick
from edit import Edit
from recording import SERVICES, dump


def records(recording):
    """The nodes that have a record at the end. Records are not among the final contents."""
    return sorted(key for table, key in recording.changes if table == SERVICES and record(recording, key))


def record(recording, node):
    """A record as its changes left it."""
    row = {}
    for index in recording.changes.get((SERVICES, node), ()):
        event = recording.events[index]
        if event['action'] == 'delete':
            row = {}
        else:
            row[event['column']] = event['new']
    return row


def heartbeats(recording, node=None):
    """Where nodes asked for service_update, were answered, and heard of it."""
    for index in recording.said('call', 'service_update'):
        message = recording.message(index)
        answered = recording.answer(message['id'])
        if answered is not None and 'result' in recording.message(answered) and (
                node is None or message['args']['service']['id'] == node):
            yield index, answered


def calm(recording, chance, node, after=0):
    """A place at which no heartbeat is under way and no node starts."""
    busy = set(recording.migrating)
    for index, answered in heartbeats(recording):
        busy.update(range(index, answered + 1))
    last = max([after, *recording.changes.get((SERVICES, node), [0])])
    return pick(chance, [index for index in recording.of('op') if index > last and index not in busy and
                         recording.events[index]['edge'] != 'invoke'])


def record_goes(recording, chance):
    """The record of a living node is deleted."""
    node = pick(chance, records(recording))
    place = node and calm(recording, chance, node)
    if not place:
        return None
    edit = Edit(recording)
    for column, value in record(recording, node).items():
        edit.change(place, SERVICES, node, column, value, None, 'delete')
    return edit


def record_changes(column, value_of):
    """Something in a record changes, and nobody sent a heartbeat."""
    def change(recording, chance):
        node = pick(chance, records(recording))
        place = node and calm(recording, chance, node)
        if not place:
            return None
        old = record(recording, node)[column]
        new = value_of(recording, chance, old)
        if new is None or new == old:
            return None
        edit = Edit(recording)
        edit.change(place, SERVICES, node, column, old, new)
        return edit
    return change


def other_release(recording, chance, old):
    others = sorted(set(recording.catalogs) - {old})
    return chance.choice(others) if others else None


def other_role(recording, chance, old):
    return chance.choice(sorted({'api', 'engine', 'conductor'} - {old}))


def other_versions(recording, chance, old):
    report = json.loads(old)
    name = chance.choice(sorted(report['objects']))
    major, minor = report['objects'][name].split('.')
    report['objects'][name] = '%s.%d' % (major, int(minor) + 1)
    return dump(report)


def later(recording, chance, old):
    return old[:11] + '23:59:59' + old[19:] if isinstance(old, str) else None


def strange_record(recording, chance):
    """A record of a node that never was."""
    node = pick(chance, records(recording))
    place = node and calm(recording, chance, node)
    if not place:
        return None
    row = dict(record(recording, node), id=node.split('.')[0] + '.9')
    edit = Edit(recording)
    for column, value in row.items():
        edit.change(place, SERVICES, row['id'], column, None, value, 'insert')
    return edit


def heartbeats_stop(recording, chance):
    """A node sends no heartbeat any more after its first ones, and serves on."""
    end = recording.events[-1]['t']
    lives = []
    for name, states in recording.lives().items():
        node, number = name.split('#')
        over = [index for state, index in states.items() if state in ('draining', 'stopped', 'killed')]
        until = recording.events[min(over)]['t'] if over else end
        beats = [(index, answered) for index, answered in heartbeats(recording, node)
                 if recording.message(index)['from'] == name]
        silent = [beat for beat in beats if recording.events[beat[0]]['t'] > recording.events[states.get('ready', 0)]['t'] + 400000]
        if silent and until - recording.events[silent[0][0]]['t'] > 2500000:
            lives.append((node, silent))
    place = pick(chance, lives)
    if place is None:
        return None
    node, silent = place
    edit = Edit(recording)
    for index, answered in silent:
        edit.unsay(index, answered)
        edit.undo([place for place in recording.changes.get((SERVICES, node), ()) if index < place < answered])
    return edit


def answer_lies(change):
    """The answer to a heartbeat is not what the records are."""
    def wrong(recording, chance):
        places = [(index, answered) for index, answered in heartbeats(recording)
                  if recording.message(answered)['id'] in recording.delivered]
        place = pick(chance, places)
        if place is None:
            return None
        edit = Edit(recording)
        message = edit.message(place[1])
        return edit if change(recording, chance, message['result']['services'], recording.message(place[0])) else None
    return wrong


def lacks_one(recording, chance, services, question):
    if len(services) < 2:
        return False
    services.pop(chance.randrange(len(services)))
    return True


def lists_twice(recording, chance, services, question):
    services.append(copy.deepcopy(chance.choice(services)))
    return True


def lists_nothing(recording, chance, services, question):
    services.clear()
    return True


def says_other_release(recording, chance, services, question):
    service = chance.choice(services)
    service['release'] = other_release(recording, chance, service['release'])
    return service['release'] is not None


def says_other_versions(recording, chance, services, question):
    service = chance.choice(services)
    service['report'] = json.loads(other_versions(recording, chance, dump(service['report'])))
    return True


def says_other_caps(recording, chance, services, question):
    service = chance.choice(services)
    objects = service['report']['caps']['objects']
    name = chance.choice(sorted(service['report']['objects']))
    objects[name] = '1.0' if objects.get(name) != '1.0' else '1.9'
    return True


def heartbeat_of_another(recording, chance):
    """A node's heartbeat writes the record of another node."""
    places = [(index, answered) for index, answered in heartbeats(recording) if any(
        index < place < answered for place in
        recording.changes.get((SERVICES, recording.message(index)['args']['service']['id']), ()))]
    place = pick(chance, places)
    if place is None:
        return None
    node = recording.message(place[0])['args']['service']['id']
    others = [key for key in records(recording) if key != node and
              recording.changes[SERVICES, key][0] < place[0] and recording.changes[SERVICES, key][-1] < place[0]]
    if not others:
        return None
    other = chance.choice(others)
    row = record(recording, other)
    new = other_versions(recording, chance, row['report'])
    edit = Edit(recording)
    edit.change(place[1] - 1, SERVICES, other, 'report', row['report'], new)
    return edit


def serves_after_its_refusal(recording, chance):
    """A node whose heartbeat was refused serves on: the error stands in place of an ordinary answer."""
    places = [(index, answered) for index, answered in heartbeats(recording)
              if recording.message(index)['from'].startswith('api') and
              recording.events[index]['t'] < recording.events[-1]['t'] / 2 and
              recording.message(index)['from'] in recording.lives() and
              recording.lives()[recording.message(index)['from']].get('ready', len(recording.events)) < index]
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    message = edit.message(place[1])
    del message['result']
    message['error'] = {'type': 'JoinRefused', 'message': 'the schema does not serve it', 'kwargs': {}}
    return edit


OWNER = ('pin',)
CLASSES = [
    (12, 'the record of a living node goes', OWNER, record_goes),
    (12, 'a record changes its release', OWNER, record_changes('release_name', other_release)),
    (12, 'a record changes its role', OWNER, record_changes('role', other_role)),
    (12, 'a record changes its versions', OWNER, record_changes('report', other_versions)),
    (12, 'a record is renewed by nobody', OWNER, record_changes('updated_at', later)),
    (12, 'a record of a node that never was', OWNER, strange_record),
    (12, 'a heartbeat writes the record of another', OWNER, heartbeat_of_another),
    (12, 'heartbeats stop', OWNER, heartbeats_stop),
    (12, 'the answer to a heartbeat lacks a record', OWNER, answer_lies(lacks_one)),
    (12, 'the answer to a heartbeat has a record twice', OWNER, answer_lies(lists_twice)),
    (12, 'the answer to a heartbeat has no record', OWNER, answer_lies(lists_nothing)),
    (12, 'the answer to a heartbeat names another release', OWNER, answer_lies(says_other_release)),
    (12, 'the answer to a heartbeat names other versions', OWNER, answer_lies(says_other_versions)),
    (12, 'the answer to a heartbeat names other caps', OWNER, answer_lies(says_other_caps)),
    (12, 'a node serves on after its refusal', OWNER, serves_after_its_refusal),
]
