"""Properties 15, 16 and 17: inside a Json field, times and stamps, stale saves."""
import json

from classes.places import STRANGE, pick, saves
from edit import Edit
from recording import CHANGES, DATA, dump


def json_saves(recording, keys_of):
    """(write, its change, keys) of saves of a Json column, with the keys that keys_of(old, new) finds."""
    for write, _, named in saves(recording):
        for index in named:
            event = recording.events[index]
            if isinstance(event['old'], str) and isinstance(event['new'], str) and event['new'].startswith('{') and \
                    event['old'].startswith('{'):
                keys = [key for key in keys_of(json.loads(event['old']), json.loads(event['new']))
                        if key not in asked(recording, write, event['column'])]
                if keys and isinstance(write.data.get(event['column']), dict):
                    yield write, index, keys


def asked(recording, write, column):
    """The keys of the field that the client itself wrote."""
    operation = recording.operations.get(write.operation, {}).get('invoke')
    fields = recording.events[operation].get('fields') if operation is not None else None
    return (fields or {}).get(column) or {}


def inside(keys_of, change):
    """The save of a node that was told the whole field sends, and stores, something else inside it."""
    def wrong(recording, chance):
        place = pick(chance, json_saves(recording, keys_of))
        if place is None:
            return None
        write, index, keys = place
        event = recording.events[index]
        edit = Edit(recording)
        value = json.loads(event['new'])
        change(value, chance.choice(sorted(keys)))
        edit.event(index)['new'] = dump(value)
        edit.message(write.sent)['args']['objinst'][DATA][event['column']] = value
        edit.settle(event['table'], event['key'], event['column'], dump(value), index)
        return edit
    return wrong


def same(old, new):
    return [key for key in new if key in old and old[key] == new[key]]


def updated(recording):
    """Where a save or an update moved updated_at of a row."""
    return [index for index in recording.of('change') if recording.events[index]['column'] == 'updated_at' and
            recording.events[index]['action'] == 'update' and recording.events[index]['table'] in recording.class_of and
            recording.events[index]['new']]


def not_moved(recording, chance):
    place = pick(chance, updated(recording))
    if place is None:
        return None
    edit = Edit(recording)
    edit.undo([place])
    return edit


def moved_to(time_of):
    def change(recording, chance):
        place = pick(chance, updated(recording))
        if place is None:
            return None
        edit = Edit(recording)
        event = edit.event(place)
        event['new'] = time_of(recording, event)
        edit.settle(event['table'], event['key'], 'updated_at', event['new'], place)
        return edit
    return change


def an_hour(by):
    def time_of(recording, event):
        hour = (int(event['new'][11:13]) + by) % 24
        return '%s%02d%s' % (event['new'][:11], hour, event['new'][13:])
    return time_of


def to_null(recording, event):
    return None


def created_moves(recording, chance):
    """created_at changes with a save."""
    place = pick(chance, [index for index in updated(recording)
                          if (recording.events[index]['table'], recording.events[index]['key']) in recording.rows])
    if place is None:
        return None
    event = recording.events[place]
    old = recording.rows[event['table'], event['key']]['created_at']
    edit = Edit(recording)
    edit.change(place, event['table'], event['key'], 'created_at', old, event['new'])
    edit.set_final(event['table'], event['key'], 'created_at', event['new'])
    return edit if old != event['new'] else None


def stamps(recording, action):
    return [index for index in recording.of('change') if recording.events[index]['column'] == 'object_version' and
            recording.events[index]['action'] == action and recording.events[index]['new']]


def stamped(action, value_of):
    def change(recording, chance):
        place = pick(chance, stamps(recording, action))
        if place is None:
            return None
        edit = Edit(recording)
        event = edit.event(place)
        event['new'] = value_of(recording, event)
        if event['new'] == recording.events[place]['new']:
            return None
        edit.settle(event['table'], event['key'], 'object_version', event['new'], place)
        return edit
    return change


def other_stamp(recording, event):
    versions = [version for version, _ in recording.classes[recording.class_of[event['table']]]['versions']]
    others = [version for version in versions if version != event['new']]
    return others[-1] if others else event['new']


def strange_stamp(recording, event):
    return '9.9'


def names_more(sender, stale):
    """A save names a field that nobody asked it to, with the value of now, or with one of before."""
    def change(recording, chance):
        places = []
        for write, changed, _ in saves(recording):
            key = (recording.table(write.name), write.row)
            if not write.sender.startswith(sender) or not changed:
                continue
            asked = recording.operations.get(write.operation, {}).get('invoke')
            fields = (recording.events[asked].get('fields') or {}) if asked is not None else {}
            for column, value in write.data.items():
                history = [recording.events[index] for index in recording.changes[key] if index < write.at and
                           recording.events[index]['column'] == column]
                if column in write.names or column in fields or not recording.plain(write.name, column) or not history:
                    continue
                now, before = history[-1]['new'], history[-1]['old']
                if history[-1]['action'] == 'update' and now != before and value == now:
                    places.append((write, changed[-1], key, column, now, before))
        place = pick(chance, places)
        if place is None:
            return None
        write, after, key, column, now, before = place
        edit = Edit(recording)
        primitive = edit.message(write.sent)['args']['objinst']
        primitive[CHANGES] = sorted(primitive[CHANGES] + [column])
        if stale:
            primitive[DATA][column] = before
            edit.change(after, *key, column, now, before)
            edit.settle(*key, column, before, after)
        return edit
    return change


def whole_row(recording, chance):
    """A save that names one field changes another, too: back to what it was before."""
    places = []
    for write, changed, _ in saves(recording):
        key = (recording.table(write.name), write.row)
        for column in write.data:
            history = [recording.events[index] for index in recording.changes[key] if index < write.at and
                       recording.events[index]['column'] == column]
            if changed and history and column not in write.names and recording.plain(write.name, column) and \
                    history[-1]['new'] is not None and history[-1]['old'] != history[-1]['new']:
                places.append((changed[-1], key, column, history[-1]['new'], history[-1]['old']))
    place = pick(chance, places)
    if place is None:
        return None
    after, key, column, now, before = place
    edit = Edit(recording)
    edit.change(after, *key, column, now, before)
    edit.settle(*key, column, before, after)
    return edit


def stale_and_acknowledged(recording, chance):
    """An update of a client is undone by a save of another operation that had read the row before it."""
    places = []
    by_row = {}
    for write, changed, named in saves(recording):
        by_row.setdefault((recording.table(write.name), write.row), []).append((write, changed, named))
    for key, writes in by_row.items():
        for (first, _, named), (second, changed, _) in zip(writes, writes[1:]):
            if first.operation == second.operation or not changed:
                continue
            for index in named:
                event = recording.events[index]
                if event['column'] in second.data and event['column'] not in second.names and \
                        recording.plain(second.name, event['column']) and event['old'] != event['new']:
                    places.append((second, changed[-1], key, event))
    place = pick(chance, places)
    if place is None:
        return None
    write, after, key, event = place
    gets = [index for index in recording.said('call') if recording.message(index)['args'].get('objmethod') == 'get' and
            recording.message(index).get('operation') == write.operation and index < write.sent]
    edit = Edit(recording)
    for index in gets:  # what it had read was what there was before
        answered = recording.answer(recording.message(index)['id'])
        result = edit.message(answered).get('result') if answered is not None else None
        if result and result[DATA].get('id') == write.row:
            result[DATA][event['column']] = event['old']
    primitive = edit.message(write.sent)['args']['objinst']
    primitive[DATA][event['column']] = event['old']
    primitive[CHANGES] = sorted(primitive[CHANGES] + [event['column']])
    edit.change(after, *key, event['column'], event['new'], event['old'])
    edit.settle(*key, event['column'], event['old'], after)
    return edit


FRAME, FORMAT, SECRET = ('frame',), ('stored-format',), ('secret',)
CLASSES = [
    (15, 'a save loses a key that it was told', FRAME, inside(same, lambda value, key: value.pop(key))),
    (15, 'a save changes a key that it was told', FRAME, inside(same, lambda value, key: value.update({key: STRANGE}))),
    (16, 'updated_at does not move', FORMAT, not_moved),
    (16, 'updated_at is an hour early', FORMAT, moved_to(an_hour(-1))),
    (16, 'updated_at is an hour late', FORMAT, moved_to(an_hour(1))),
    (16, 'updated_at becomes null', FORMAT, moved_to(to_null)),
    (16, 'created_at moves', FORMAT, created_moves),
    (16, 'a new row is stamped with another version', FORMAT, stamped('insert', other_stamp)),
    (16, 'a saved row is stamped with another version', FORMAT, stamped('update', other_stamp)),
    (16, 'a row is stamped with a version that is not', FORMAT, stamped('insert', strange_stamp)),
    (17, 'an api saves more than its client asked', FRAME, names_more('api', False)),
    (17, 'an api saves an older value, too', FRAME, names_more('api', True)),
    (17, 'an engine saves an older value, too', FRAME, names_more('engine', True)),
    (17, 'a save changes a field that it does not name', FRAME, whole_row),
    (17, 'a stale save undoes an acknowledged one', FRAME, stale_and_acknowledged),
]
