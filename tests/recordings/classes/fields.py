"""Properties 15, 16 and 17: inside a Json field, times and stamps, stale saves."""
import json

from classes.places import STRANGE, pick, saves
from edit import Edit
from recording import CHANGES, DATA, dump


NOTE = 'caravan'  # a key that no release declares, and so keeps


def note(recording, edit, row, told):
    """Beside the status of a run stands another key in all that is said of it: told(where) is its value, or None."""
    def walk(value, index):
        if isinstance(value, dict):
            info = value.get('info')
            if value.get('id') == row and isinstance(info, dict) and 'status' in info and told(index) is not None:
                info[NOTE] = told(index)
            for inner in value.values():
                walk(inner, index)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, index)

    def stored(text, index):
        return text if text is None or told(index) is None else dump(dict(json.loads(text), **{NOTE: told(index)}))

    for index in recording.mentions.get(row, ()):
        walk(edit.event(index), index)
    table, before = recording.table('JobExecution'), None
    for index in recording.changes[table, row]:
        if recording.events[index]['column'] == 'info':
            event = edit.event(index)
            event.update(old=stored(event['old'], before), new=stored(event['new'], index))
            before = index
    if (table, row) in recording.rows:
        edit.set_final(table, row, 'info', stored(recording.rows[table, row]['info'], before))


def noted(recording):
    """Saves of engines that set the status of a run which an api made."""
    for write, _, named in saves(recording):
        if write.name == 'JobExecution' and write.sender.startswith('engine') and any(
                recording.events[index]['column'] == 'info' for index in named):
            yield write


def inside(after):
    """A node that was told {status, note} saves the status, and the note is another, or none, from then on."""
    def change(recording, chance):
        write = pick(chance, noted(recording))
        if write is None:
            return None
        edit = Edit(recording)
        note(recording, edit, write.row, lambda index: 'told' if index < write.sent else after)
        return edit
    return change


# Times and stamps.

def updated(recording):
    """Where a save or an update moved updated_at of a row that nobody speaks of later."""
    return [index for index in recording.of('change') if recording.events[index]['column'] == 'updated_at' and
            recording.events[index]['action'] == 'update' and recording.events[index]['table'] in recording.class_of and
            recording.events[index]['new'] and
            not any(place > index + 25 for place in recording.mentions.get(recording.events[index]['key'], ()))]


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


def read_before(recording, write, index):
    """Whether the sender of a save had read the row before an index, and not again after it."""
    told = [recording.answer(recording.message(place)['id']) for place in recording.mentions[write.row]
            if recording.events[place]['kind'] == 'send' and recording.message(place)['kind'] == 'call' and
            recording.message(place).get('operation') == write.operation and place < write.sent and
            recording.message(place)['args'].get('objmethod') == 'get' and recording.message(place)['from'] == write.sender]
    return bool(told) and None not in told and max(told) < index


def stale_and_acknowledged(recording, chance):
    """An update of a client is undone by a save of another operation that had read the row before it."""
    places = []
    by_row = {}
    for write, changed, named in saves(recording):
        by_row.setdefault((recording.table(write.name), write.row), []).append((write, changed, named))
    for key, writes in by_row.items():
        for (first, _, named), (second, changed, _) in zip(writes, writes[1:]):
            if first.operation != second.operation and changed and read_before(recording, second, named[0]):
                places += [(second, changed[-1], key, recording.events[index]) for index in named
                           if recording.events[index]['column'] in second.data and
                           recording.events[index]['column'] not in second.names and
                           recording.plain(second.name, recording.events[index]['column']) and
                           recording.events[index]['old'] != recording.events[index]['new']]
    place = pick(chance, places)
    if place is None:
        return None
    write, after, key, event = place
    edit = Edit(recording)
    primitive = edit.message(write.sent)['args']['objinst']
    primitive[DATA][event['column']] = event['old']
    primitive[CHANGES] = sorted(primitive[CHANGES] + [event['column']])
    edit.change(after, *key, event['column'], event['new'], event['old'])
    edit.settle(*key, event['column'], event['old'], after)
    return edit


FRAME, FORMAT = ('frame',), ('stored-format',)
CLASSES = [
    (15, 'a save loses a key that it was told', FRAME, inside(None)),
    (15, 'a save changes a key that it was told', FRAME, inside(STRANGE)),
    (15, 'a save changes the type of a key that it was told', FRAME, inside(7)),
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
