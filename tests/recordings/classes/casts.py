"""Properties 2 and 10: a cast carries the row of its operation, whole, as it was within the request."""
import copy

from classes.answers import change_one, drop_one, plain_of, repeat_one, stale_of
from classes.places import STRANGE, pick, too_new
from edit import Edit
from recording import DATA, NAME, VERSION, primitives


def casts(recording):
    """(where it was sent, name of the argument) of casts with an object that somebody took."""
    for index in recording.said('cast'):
        message = recording.message(index)
        if message['id'] in recording.delivered:
            for argument, value in message['args'].items():
                if isinstance(value, dict) and DATA in value:
                    yield index, argument


def of_cast(change):
    def wrong(recording, chance):
        places = list(casts(recording))
        chance.shuffle(places)
        for index, argument in places:
            edit = Edit(recording)
            message = edit.message(index)
            changed = change(recording, chance, message['args'][argument], index)
            if changed is not None:
                message['args'][argument] = changed
                return edit
        return None
    return wrong


def cast_field(value):
    def change(recording, chance, primitive, index):
        fields = plain_of(recording, primitive)
        if not fields:
            return None
        primitive[DATA][chance.choice(fields)] = value
        return primitive
    return change


def cast_without_field(recording, chance, primitive, index):
    fields = plain_of(recording, primitive)
    if not fields:
        return None
    del primitive[DATA][chance.choice(fields)]
    return primitive


def cast_stale(recording, chance, primitive, index):
    """A field as it was before a change that was acknowledged before the client asked."""
    asked = recording.request(recording.message(index).get('operation'))
    fields = stale_of(recording, primitive, asked if asked is not None else 0)
    if not fields:
        return None
    field, value = chance.choice(fields)
    primitive[DATA][field] = value
    return primitive


def cast_half_of_a_save(recording, chance, primitive, index):
    """Of one save within its request the cast shows a column as it was, another as it is."""
    asked = recording.request(recording.message(index).get('operation'))
    key = (recording.table(primitive[NAME]), primitive[DATA]['id'])
    saves = {}
    for place in recording.changes.get(key, ()):
        event = recording.events[place]
        if asked is not None and asked < place < index and event['action'] == 'update':
            saves.setdefault(event.get('transaction', event['t']), {})[event['column']] = event
    halves = [events for events in saves.values() if len(events) > 1]
    shown = [(column, event) for events in halves[-1:] for column, event in events.items()
             if column in primitive[DATA] and (column == 'updated_at' and event['old'] is None or
                                               primitive[DATA][column] == event['new'])]  # times are told by the second
    if len(shown) < 2:
        return None
    shown = [(column, event) for column, event in shown if primitive[DATA][column] != event['old']]
    if not shown:
        return None
    column, event = chance.choice(shown)
    primitive[DATA][column] = event['old']
    return primitive


def cast_other_row(recording, chance, primitive, index):
    others = [recording.message(place)['args'][argument] for place, argument in casts(recording) if place < index and
              recording.message(place)['args'][argument][NAME] == primitive[NAME] and
              recording.message(place)['args'][argument][VERSION] == primitive[VERSION] and
              recording.message(place)['args'][argument][DATA]['id'] != primitive[DATA]['id']]
    return copy.deepcopy(chance.choice(others)) if others else None


def cast_children(change):
    def wrong(recording, chance, primitive, index):
        lists = [rows for rows in primitive[DATA].values()
                 if isinstance(rows, list) and rows and isinstance(rows[0], dict) and DATA in rows[0]]
        return primitive if lists and change(recording, chance, chance.choice(lists)) else None
    return wrong


def cast_ids(recording, chance):
    """With direct access: a cast names another row than its operation."""
    places = [index for index in recording.said('cast') if recording.message(index)['id'] in recording.delivered and
              any(name.endswith('_id') for name in recording.message(index)['args'])]
    index = pick(chance, places)
    if index is None:
        return None
    message = recording.message(index)
    argument = next(name for name in message['args'] if name.endswith('_id'))
    others = sorted({recording.message(place)['args'].get(argument) for place in places if place < index} -
                    {message['args'][argument], None})
    if not others:
        return None
    edit = Edit(recording)
    edit.message(index)['args'][argument] = chance.choice(others)
    return edit


def wrong_nested(recording, chance):
    """A child in a reply or cast is stamped with the other version of its class."""
    places = [index for index in recording.said('reply', None) + [place for place, _ in casts(recording)]
              if recording.message(index)['id'] in recording.delivered and
              len(list(primitives(recording.message(index).get('result') or recording.message(index).get('args')))) > 1]
    chance.shuffle(places)
    for index in places:
        edit = Edit(recording)
        message = edit.message(index)
        child = chance.choice(list(primitives(message.get('result') or message.get('args')))[1:])
        versions = too_new(recording, index, child)
        if versions:
            child[VERSION] = versions[0]
            return edit
    return None


OWNER = ('wire-schema',)
NEWER = OWNER + ('pin',)  # with pins it is above its sender's cap, too
CLASSES = [
    (2, 'a cast has null for a text', OWNER, of_cast(cast_field(None))),
    (2, 'a child in a cast has null for a text', OWNER, of_cast(cast_children(change_one(None)))),
    (2, 'a cast has half of a save', OWNER, of_cast(cast_half_of_a_save)),
    (9, 'a child is stamped with another version', NEWER, wrong_nested),
    (10, 'a cast has another text', OWNER, of_cast(cast_field(STRANGE))),
    (10, 'a cast lacks a field', OWNER, of_cast(cast_without_field)),
    (10, 'a cast has an older value', OWNER, of_cast(cast_stale)),
    (10, 'a cast carries another row', OWNER, of_cast(cast_other_row)),
    (10, 'a cast lacks a child', OWNER, of_cast(cast_children(drop_one))),
    (10, 'a cast has a child twice', OWNER, of_cast(cast_children(repeat_one))),
    (10, 'a cast has another text in a child', OWNER, of_cast(cast_children(change_one()))),
    (10, 'a cast names another row by its id', ('effect-count', 'rpc-contract', 'liveness'), cast_ids),
]
