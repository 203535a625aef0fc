"""Properties 2 and 9: what a node is told is what it asked for, whole and of one moment."""
import copy

from classes.places import STRANGE, too_new
from edit import Edit
from recording import CHANGES, DATA, NAME, NAMESPACE, VERSION


def answers(recording, *methods):
    """(question, where its answer is) of the calls of these object methods that were answered without an error."""
    for index in recording.said('call'):
        message = recording.message(index)
        if message.get('args', {}).get('objmethod') in methods and index in _handled(recording):
            answered = recording.answer(message['id'])
            if answered is not None and 'error' not in recording.message(answered):
                yield message, answered


def _handled(recording):
    """Questions whose answer came back: what is told to the dead harms nobody."""
    handled = recording.__dict__.get('handled')
    if handled is None:
        handled = recording.handled = {
            index for index in recording.said('call') for answered in [recording.answer(recording.message(index)['id'])]
            if answered is not None and recording.message(answered)['id'] in recording.delivered}
    return handled


def result_of(method, change):
    def wrong(recording, chance):
        places = list(answers(recording, method))
        chance.shuffle(places)
        for question, answered in places:
            edit = Edit(recording)
            message = edit.message(answered)
            result = change(recording, chance, question, message['result'], answered)
            if result is not None:
                message['result'] = result[0]
                return edit
        return None
    return wrong


def other_row(recording, chance, question, result, answered):
    """Another row of the class at the same version, as it was told to somebody else before."""
    if not result:
        return None
    others = [other for asked, place in answers(recording, 'get') if place < answered
              for other in [recording.message(place)['result']]
              if other and other[NAME] == result[NAME] and other[VERSION] == result[VERSION] and
              other[DATA]['id'] != result[DATA]['id']]
    return [copy.deepcopy(chance.choice(others))] if others else None


def null(recording, chance, question, result, answered):
    return [None] if result is not None else None


def plain_of(recording, primitive):
    return [field for field, value in primitive[DATA].items()
            if recording.plain(primitive[NAME], field, value) and value]


def field_changed(value):
    def change(recording, chance, question, result, answered):
        fields = plain_of(recording, result) if result else []
        if not fields:
            return None
        result[DATA][chance.choice(fields)] = value
        return [result]
    return change


def field_missing(recording, chance, question, result, answered):
    fields = plain_of(recording, result) if result else []
    if not fields:
        return None
    del result[DATA][chance.choice(fields)]
    return [result]


def with_changes(recording, chance, question, result, answered):
    """A reply says that the caller has changed something."""
    fields = plain_of(recording, result) if result else []
    if not fields:
        return None
    result[CHANGES] = [chance.choice(fields)]
    return [result]


def in_children(change):
    def wrong(recording, chance, question, result, answered):
        lists = [(field, rows) for field, rows in (result or {}).get(DATA, {}).items()
                 if isinstance(rows, list) and rows and isinstance(rows[0], dict) and DATA in rows[0]]
        if not lists:
            return None
        field, rows = chance.choice(lists)
        return [result] if change(recording, chance, rows) else None
    return wrong


def drop_one(recording, chance, rows):
    rows.pop(chance.randrange(len(rows)))
    return True


def repeat_one(recording, chance, rows):
    rows.append(copy.deepcopy(chance.choice(rows)))
    return True


def change_one(value=STRANGE):
    """A plain field of one of the rows has this value."""
    def change(recording, chance, rows):
        row = chance.choice(rows)
        fields = plain_of(recording, row)
        if fields:
            row[DATA][chance.choice(fields)] = value
        return bool(fields)
    return change


def stale_of(recording, primitive, before):
    """(field, value that it had before its last acknowledged change) where that was committed well before an event."""
    key = (recording.classes.get(primitive[NAME], {}).get('table'), primitive[DATA].get('id'))
    found = {}
    for index in recording.changes.get(key, ()):
        event = recording.events[index]
        if index < before and event['action'] == 'update' and recording.plain(primitive[NAME], event['column']):
            found[event['column']] = event
    return [(column, event['old']) for column, event in found.items()
            if primitive[DATA].get(column) == event['new'] and event['old'] != event['new']]


def field_stale(recording, chance, question, result, answered):
    asked = recording.sent[question['id']]
    fields = stale_of(recording, result, asked) if result else []
    if not fields:
        return None
    field, value = chance.choice(fields)
    result[DATA][field] = value
    return [result]


def half_of_a_save(recording, chance, question, result, answered):
    """Of a save that was committed while the question was open one field is told as it was, another as it is."""
    if not result:
        return None
    key = (recording.classes.get(result[NAME], {}).get('table'), result[DATA].get('id'))
    at = recording.delivered[question['id']][0]
    events = [recording.events[index] for index in recording.changes.get(key, ()) if at < index < answered]
    fields = [event for event in events if event['column'] in result[DATA] and event['action'] == 'update' and
              event['old'] != event['new'] and result[DATA][event['column']] in (event['old'], event['new'])]
    if len(fields) < 2:
        return None
    event = chance.choice(fields)
    now = result[DATA][event['column']]
    result[DATA][event['column']] = event['old'] if now == event['new'] else event['new']
    return [result]


def wrong_stamp(recording, chance, question, result, answered):
    if not result:
        return None
    versions = too_new(recording, answered, result)
    if not versions:
        return None
    result[VERSION] = versions[0]
    return [result]


def wrong_name(recording, chance, question, result, answered):
    if not result:
        return None
    result[NAME] = 'Job' if result[NAME] != 'Job' else 'Cluster'
    return [result]


def wrong_namespace(recording, chance, question, result, answered):
    if not result:
        return None
    result[NAMESPACE] = 'somebody'
    return [result]


def list_change(change):
    def wrong(recording, chance, question, result, answered):
        return [result] if result and change(recording, chance, result) else None
    return wrong


def list_stranger(recording, chance, question, result, answered):
    """A row of the class that does not fit what was asked for."""
    present = {row[DATA]['id'] for row in result}
    others = [other for _, place in answers(recording, 'get') if place < answered
              for other in [recording.message(place)['result']]
              if other and other[NAME] == question['args']['objname'] and other[DATA]['id'] not in present and
              never_changed(recording, other, question['args']['kwargs']) and
              other[VERSION] == question['args']['object_versions'].get(other[NAME]) and
              any(other[DATA].get(field) != value for field, value in question['args']['kwargs'].items())]
    if not others or not question['args']['kwargs']:
        return None
    return [result + [copy.deepcopy(chance.choice(others))]]


def never_changed(recording, primitive, fields):
    """A row that does not fit now never did."""
    places = recording.changes.get((recording.table(primitive[NAME]), primitive[DATA]['id']), ())
    return not any(recording.events[place]['column'] in fields and recording.events[place]['action'] == 'update'
                   for place in places)


def load_nothing(recording, chance, question, result, answered):
    """A lazy load brings nothing."""
    attribute = question['args']['args'][0]
    if attribute not in result['updates']:
        return None
    del result['updates'][attribute]
    return [result]


def load_null(recording, chance, question, result, answered):
    attribute = question['args']['args'][0]
    if not result['updates'].get(attribute):
        return None
    result['updates'][attribute] = [] if isinstance(result['updates'][attribute], list) else None
    return [result]


def create_says(change):
    def wrong(recording, chance, question, result, answered):
        defaults = [field for field in result.get('updates', {}) if field not in ('obj_what_changed', 'updated_at')]
        if not defaults:
            return None
        return change(chance, result, defaults)
    return wrong


def forget_default(chance, result, defaults):
    del result['updates'][chance.choice(defaults)]
    return [result]


def other_default(chance, result, defaults):
    field = chance.choice(defaults)
    value = result['updates'][field]
    result['updates'][field] = (not value if isinstance(value, bool) else value + 7 if isinstance(value, int) else
                                '2001' + value[4:] if field == 'created_at' else {'strange': 1} if isinstance(value, dict)
                                else STRANGE)
    return [result]


def says_changed(recording, chance, question, result, answered):
    """The reply to a save says that something is still unsaved."""
    result['updates']['obj_what_changed'] = ['description']
    return [result]


def save_tells(recording, chance, question, result, answered):
    """The reply to a save sets a field of the caller's object to what it never was."""
    fields = [field for field in question['args']['objinst'].get(CHANGES, ())
              if recording.plain(question['args']['objinst'][NAME], field)]
    if not fields:
        return None
    result['updates'][chance.choice(fields)] = STRANGE
    return [result]


def backport_changed(recording, chance):
    """A backport on request comes with another value."""
    places = [recording.answer(recording.message(index)['id']) for index in recording.said('call', 'object_backport_versions')
              if index in _handled(recording)]
    chance.shuffle(places)
    for place in places:
        edit = Edit(recording)
        result = edit.message(place).get('result')
        fields = plain_of(recording, result) if result else []
        if fields:
            result[DATA][chance.choice(fields)] = STRANGE
            return edit
    return None


OWNER = ('wire-schema',)
NEWER = OWNER + ('pin',)  # with pins it is above its sender's cap, too
CLASSES = [
    (2, 'a reply has half of a save', OWNER, result_of('get', half_of_a_save)),
    (9, 'a get is answered with another row', OWNER, result_of('get', other_row)),
    (9, 'a get is answered with null', OWNER, result_of('get', null)),
    (9, 'a get has another text', OWNER, result_of('get', field_changed(STRANGE))),
    (9, 'a get has null for a text', OWNER, result_of('get', field_changed(None))),
    (9, 'a get lacks a field', OWNER, result_of('get', field_missing)),
    (9, 'a get has an older value', OWNER, result_of('get', field_stale)),
    (9, 'a get lacks a child', OWNER, result_of('get', in_children(drop_one))),
    (9, 'a get has a child twice', OWNER, result_of('get', in_children(repeat_one))),
    (9, 'a get has another text in a child', OWNER, result_of('get', in_children(change_one()))),
    (9, 'a get names changes', OWNER, result_of('get', with_changes)),
    (9, 'a get is stamped with another version', NEWER, result_of('get', wrong_stamp)),
    (9, 'a get has another class', OWNER, result_of('get', wrong_name)),
    (9, 'a get has another namespace', OWNER, result_of('get', wrong_namespace)),
    (9, 'a list for a node lacks a row', OWNER, result_of('list', list_change(drop_one))),
    (9, 'a list for a node has a row twice', OWNER, result_of('list', list_change(repeat_one))),
    (9, 'a list for a node has another text', OWNER, result_of('list', list_change(change_one()))),
    (9, 'a list for a node is null', OWNER, result_of('list', null)),
    (9, 'a list for a node has a row that does not fit', OWNER, result_of('list', list_stranger)),
    (9, 'a lazy load brings nothing', OWNER, result_of('obj_load_attr', load_nothing)),
    (9, 'a lazy load brings an empty value', OWNER, result_of('obj_load_attr', load_null)),
    (9, 'a create does not report a default', OWNER, result_of('create', create_says(forget_default))),
    (9, 'a create reports another default', OWNER, result_of('create', create_says(other_default))),
    (9, 'a save says that something is unsaved', OWNER, result_of('save', says_changed)),
    (9, 'a save tells another value back', OWNER, result_of('save', save_tells)),
    (9, 'a backport has another text', OWNER, backport_changed),
]
