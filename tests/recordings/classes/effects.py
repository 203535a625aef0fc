"""Property 6: every acknowledged operation has its effect, once."""
import copy
import uuid

from classes.messages import taken_casts
from classes.places import gone, pick
from edit import Edit
from recording import DATA


def rest_otherwise(method, words):
    """A run that was told to end comes to rest as though nobody had asked, in all that is said of it."""
    last = list(words)[-1]

    def change(recording, chance):
        places = []
        for _, invoked, began, _ in recording.acknowledged(method):
            key = (recording.table(invoked['object']), invoked['row'])
            states = [recording.events[index]['new'] for index in recording.changes.get(key, ())
                      if recording.events[index]['column'] == 'info' and index > began]
            refused = [write for write in recording.writes if write.row == invoked['row'] and write.answered is not None and
                       not write.acknowledged and write.sent > began]
            if states and '"%s"' % last in str(states[-1]) and key in recording.rows and all(
                    write.names == ['info'] for write in refused):
                places.append((key, began, refused))
        place = pick(chance, places)
        if place is None:
            return None
        (table, row), began, refused = place
        edit = Edit(recording)
        for write in refused:  # what was refused because of the cancel would have been taken
            message = edit.message(write.answered)
            del message['error']
            message['result'] = {'updates': {'obj_what_changed': []}, 'result': None}
        for index in recording.changes[table, row]:
            event = recording.events[index]
            if index > began and event['column'] == 'info':
                old, new = otherwise(event['old'], words), otherwise(event['new'], words)
                edit.event(index).update(old=old, new=new)
                if old == new:
                    edit.drop(index)
        edit.set_final(table, row, 'info', otherwise(recording.rows[table, row]['info'], words))
        for index in recording.mentions[row]:
            if index > began:
                replace_status(edit.event(index), row, words)
        return edit
    return change


def otherwise(text, words):
    for word, instead in words.items():
        text = text.replace('"%s"' % word, '"%s"' % instead)
    return text


def replace_status(value, row, words):
    if isinstance(value, dict):
        if value.get('id') == row and isinstance(value.get('info'), dict):
            value['info']['status'] = words.get(value['info'].get('status'), value['info'].get('status'))
        for inner in value.values():
            replace_status(inner, row, words)
    elif isinstance(value, list):
        for inner in value:
            replace_status(inner, row, words)


def erase(recording, edit, key):
    """A row was never made and never spoken of."""
    asked = {write.id for write in recording.writes if write.row == key}
    for index in recording.mentions.get(key, ()):
        event = recording.events[index]
        if event['kind'] == 'send':
            message = event['message']
            if message['id'] in asked or message.get('to') in asked:
                edit.drop(index, *recording.delivered.get(message['id'], ()))
                continue
        prune(edit.event(index), key)
    for identity in asked:
        answered = recording.answer(identity)
        if answered is not None and edit._stands(answered):
            edit.unsay(answered)
    for (table, row), places in recording.changes.items():
        if row == key:
            edit.drop(*places)
            edit.drop_row(table, row)


def prune(value, key):
    """Takes a row out of every list."""
    if isinstance(value, dict):
        for inner in value.values():
            prune(inner, key)
    elif isinstance(value, list):
        value[:] = [inner for inner in value if not (isinstance(inner, dict) and key in (
            inner.get('id'), inner.get(DATA, {}).get('id') if DATA in inner else None))]
        for inner in value:
            prune(inner, key)


def fewer_instances(recording, chance):
    """A cluster at rest has an instance less than it counts; nobody ever speaks of it."""
    places = [(table, key) for table, key in recording.rows if recording.class_of.get(table) == 'Instance' and
              recording.rows[table, key].get('node_group_id') and (recording.direct or any(
                  write.row == key and write.method == 'create' and write.sender.startswith('engine')
                  for write in recording.writes))]
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    erase(recording, edit, place[1])
    return edit


def made(recording):
    """(table, key, the changes that made it) of rows that an acknowledged create or run made."""
    for _, invoked, began, ended in recording.acknowledged('create', 'run'):
        key = (recording.table(invoked['object']), invoked['row'])
        places = [index for index in recording.changes.get(key, ()) if began < index < ended and
                  recording.events[index]['action'] == 'insert']
        if places and key in recording.rows:
            yield key, places


def made_twice(recording, chance):
    """One create makes two rows, the second with an id of its own."""
    place = pick(chance, made(recording))
    if place is None:
        return None
    (table, key), places = place
    other = str(uuid.UUID(int=chance.getrandbits(128)))
    edit = Edit(recording)
    row = dict(recording.rows[table, key])
    for index in places:
        event = recording.events[index]
        value = other if event['column'] == 'id' else event['new']
        row[event['column']] = value
        edit.change(places[-1], table, other, event['column'], None, value, 'insert')
    edit.add_row(table, dict(row, id=other))
    return edit


def cast_again(recording, chance):
    """The cast of an acknowledged operation is sent, and taken up, twice."""
    place = pick(chance, [place for place in taken_casts(recording) if recording.message(place[0]).get('operation')])
    if place is None:
        return None
    sent, at = place
    message = copy.deepcopy(recording.message(sent))
    message['id'] += '0000'
    edit = Edit(recording)
    event = {key: value for key, value in recording.events[at].items() if key not in ('n', 't')}
    edit.put(at, {'kind': 'send', 'message': message}, dict(event, id=message['id']))
    return edit


def cast_never(recording, chance):
    """An acknowledged cancel leads to no cast, and the run ends by itself."""
    places = [(name, began) for name, invoked, began, ended in recording.acknowledged('cancel', 'suspend')]
    places = [index for name, _ in places for index in recording.said('cast') if recording.message(index).get('operation') == name]
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    edit.unsay(place)
    return edit


def count_off(by):
    """A node group at rest counts other than it has, in the final contents and in the change that said so last."""
    def change(recording, chance):
        places = []
        for _, invoked, began, ended in recording.acknowledged('scale'):
            key = (recording.table('NodeGroup'), invoked['fields'].get('node_group'))
            counts = [index for index in recording.changes.get(key, ()) if index > began and
                      recording.events[index]['column'] == 'count']
            if counts and key in recording.rows:
                places.append((key, counts[-1]))
        place = pick(chance, places)
        if place is None:
            return None
        edit = Edit(recording)
        event = edit.event(place[1])
        event['new'] += by
        edit.set_final(*place[0], 'count', event['new'])
        return edit
    return change


def cluster_stays(recording, chance):
    """A cluster whose delete was acknowledged is there at the end, with its children."""
    places = []
    for _, invoked, began, _ in recording.acknowledged('delete'):
        if invoked['object'] == 'Cluster':
            deleted = [(table, key, changes) for table, key, changes in gone(recording)
                       if key == invoked['row'] or any(recording.events[index]['old'] == invoked['row'] for index in changes)]
            if deleted:
                places.append(deleted)
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    for table, key, changes in place:
        edit.drop(*changes)
        edit.add_row(table, dict({'id': key}, **{recording.events[index]['column']: recording.events[index]['old']
                                                 for index in changes}))
    return edit


EFFECT = ('effect-count',)
SCALE = EFFECT + ('liveness',)  # an acknowledged scale that does not reach its number is liveness's (docs/checks.md)
LOST = EFFECT + ('no-data-loss',)  # an acknowledged delete that deletes nothing; a second row has an id that nobody asked for
CLASSES = [
    (6, 'a cancel has no effect', EFFECT, rest_otherwise('cancel', {'TOBEKILLED': 'RUNNING', 'KILLED': 'SUCCEEDED'})),
    (6, 'a suspend has no effect', EFFECT, rest_otherwise('suspend', {'TOBESUSPENDED': 'RUNNING', 'SUSPENDED': 'SUCCEEDED'})),
    (6, 'a cast that is owed is never sent', EFFECT, cast_never),
    (6, 'an instance less than a group counts', EFFECT, fewer_instances),
    (6, 'a scaled group counts one more', SCALE, count_off(1)),
    (6, 'a scaled group counts one less', SCALE, count_off(-1)),
    (6, 'a cluster stays after its delete', LOST, cluster_stays),
    (6, 'one create makes two rows', LOST, made_twice),
    (6, 'a cast is sent twice', EFFECT, cast_again),
]
