"""Property 1: a row that is there was made, and one that was made is there; the final contents agree."""
import copy
import uuid

from classes.places import STRANGE, gone, pick, quiet_place, settled_columns
from edit import Edit


def strange_row(recording, chance):
    """A row that nobody asked for, alike to another."""
    place = pick(chance, [(table, key) for table, key in recording.rows if table in recording.class_of])
    if place is None:
        return None
    table, key = place
    row = dict(copy.deepcopy(recording.rows[place]), id=str(uuid.UUID(int=chance.getrandbits(128))))
    if isinstance(row.get('name'), str):
        row['name'] += '-strange'
    quiet = quiet_place(recording, chance, key, recording.changes[place][-1] if place in recording.changes else 0)
    if quiet is None:
        return None
    edit = Edit(recording)
    for column, value in sorted(row.items(), key=lambda item: item[0] != 'id'):
        if not isinstance(value, dict):
            edit.change(quiet, table, row['id'], column, None, value, 'insert')
    edit.add_row(table, row)
    return edit


def goes_by_itself(recording, chance):
    """A row is deleted, and nobody asked for it."""
    place = pick(chance, [(table, key) for table, key in recording.rows if table in recording.class_of and
                          (table, key) in recording.changes])
    if place is None:
        return None
    quiet = quiet_place(recording, chance, place[1], recording.changes[place][-1])
    if quiet is None:
        return None
    edit = Edit(recording)
    for column, value in recording.rows[place].items():
        if not isinstance(value, dict):
            edit.change(quiet, *place, column, value, None, 'delete')
    edit.drop_row(*place)
    return edit


def comes_back(recording, chance):
    """A deleted row is there again."""
    place = pick(chance, gone(recording))
    if place is None:
        return None
    table, key, deleted = place
    quiet = quiet_place(recording, chance, key, deleted[-1])
    if quiet is None:
        return None
    edit = Edit(recording)
    row = {recording.events[index]['column']: recording.events[index]['old'] for index in deleted}
    row.setdefault('id', key)
    for column, value in row.items():
        edit.change(quiet, table, key, column, None, value, 'insert')
    edit.add_row(table, row)
    return edit


def never_deleted(recording, chance):
    """An acknowledged delete deletes nothing."""
    operations = {invoked['row']: invoked for _, invoked, _, _ in recording.acknowledged('delete')
                  if invoked['object'] != 'Cluster'}
    place = pick(chance, [place for place in gone(recording) if place[1] in operations])
    if place is None:
        return None
    table, key, deleted = place
    edit = Edit(recording)
    edit.drop(*deleted)
    row = {recording.events[index]['column']: recording.events[index]['old'] for index in deleted}
    edit.add_row(table, dict({'id': key}, **row))
    return edit


def never_made(recording, chance):
    """An acknowledged create makes nothing; nobody writes to the row or reads it later."""
    places = []
    for name, invoked, _, ended in recording.acknowledged('create'):
        key = (recording.table(invoked['object']), invoked['row'])
        later = [index for index in recording.mentions.get(invoked['row'], ()) if index > ended]
        if key in recording.changes and key in recording.rows and not later and not recording.classes[
                invoked['object']].get('children'):
            places.append(key)
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    edit.drop(*recording.changes[place])
    edit.drop_row(*place)
    return edit


def final_is(value):
    """The final contents have another value than the last change left."""
    def change(recording, chance):
        place = pick(chance, settled_columns(recording))
        if place is None:
            return None
        edit = Edit(recording)
        edit.set_final(*place[:3], value)
        return edit
    return change


def final_without(recording, chance):
    """A row is not among the final contents."""
    place = pick(chance, [place for place in recording.rows if place[0] in recording.class_of])
    if place is None:
        return None
    edit = Edit(recording)
    edit.drop_row(*place)
    return edit


def final_strange(recording, chance):
    """The final contents have a row that was never made."""
    place = pick(chance, [place for place in recording.rows if place[0] in recording.class_of])
    if place is None:
        return None
    edit = Edit(recording)
    edit.add_row(place[0], dict(recording.rows[place], id=str(uuid.UUID(int=chance.getrandbits(128)))))
    return edit


LOSS = ('no-data-loss',)
CLASSES = [
    (1, 'an acknowledged create is lost', LOSS, never_made),
    (1, 'an acknowledged delete is lost', LOSS, never_deleted),
    (1, 'a row that nobody made', LOSS, strange_row),
    (1, 'a row goes by itself', LOSS, goes_by_itself),
    (1, 'a deleted row comes back', LOSS, comes_back),
    (1, 'another value in the final contents', LOSS, final_is(STRANGE)),
    (1, 'null in the final contents', LOSS, final_is(None)),
    (1, 'a row is not in the final contents', LOSS, final_without),
    (1, 'a strange row in the final contents', LOSS, final_strange),
]
