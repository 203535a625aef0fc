"""What says the same in another form: nothing of it may be called a failure."""
import copy
import json
import re

from classes.fields import note, noted
from classes.places import pick
from edit import Edit
from recording import SERVICES, _ID, dump


def lines(rewrite):
    """Every line is written otherwise."""
    def change(recording, chance):
        edit = Edit(recording)
        edit.numbered = False
        edit.at = {index: [rewrite(line, chance)] for index, line in enumerate(recording.lines)}
        return edit
    return change


def shuffled(value, chance):
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    return [shuffled(one, chance) for one in value] if isinstance(value, list) else value


def key_order(line, chance):
    return dump(shuffled(json.loads(line), chance))


def blanks(line, chance):
    return json.dumps(json.loads(line), ensure_ascii=False, separators=(' ,  ', ' :\t'))


def escapes(line, chance):
    return json.dumps(json.loads(line), ensure_ascii=True, separators=(',', ':')).replace('/', '\\/')


def trailing_blank(line, chance):
    return line + '  '


def renamed(change_of, pattern):
    """Names of one kind, each replaced by another one of the same form, wherever it stands."""
    def change(recording, chance):
        names = {}

        def other(match):
            return names.setdefault(match[0], change_of(match[0], chance))
        edit = Edit(recording)
        edit.numbered = False
        edit.at = {index: [pattern.sub(other, line)] for index, line in enumerate(recording.lines)}
        return edit
    return change


def other_id(word, chance):
    """The first 14 digits stay, so that what is derived from them stays."""
    return word[:15] + ''.join(digit if digit == '-' else '%x' % chance.randrange(16) for digit in word[15:])


def other_pid(word, chance):
    return re.sub(r'\d+', lambda _: str(chance.randrange(1000, 30000)), word)


def later_clock(recording, chance):
    """Everything happens three seconds later after the header."""
    edit = Edit(recording)
    edit.delay(1, 3000000)
    for index in recording.of('starved'):
        edit.event(index)['from'] += 3000000
        edit.event(index)['to'] += 3000000
    return edit


def slower(recording, chance):
    """A pause of the whole cluster where nothing is under way: before the end of the run."""
    edit = Edit(recording)
    edit.delay(recording.of('final')[0], 5000000)
    return edit


def other_day(recording, chance):
    """The wall clock of the whole run says another day."""
    day = recording.header['began'][:10]
    edit = Edit(recording)
    edit.numbered = False
    edit.at = {index: [line.replace(day, '2031-05-17')] for index, line in enumerate(recording.lines)}
    return edit


def rows_order(recording, chance):
    edit = Edit(recording)
    for index in recording.of('final'):
        if len(recording.events[index]['rows']) > 1:
            edit.event(index)['rows'].reverse()
    return edit if edit.at else None


def tables_order(recording, chance):
    """The final contents come in another order."""
    places = recording.of('final')
    order = places[:]
    while order == places:
        chance.shuffle(order)
    edit = Edit(recording)
    for index, other in zip(places, order):
        edit.at[index] = [dict(copy.deepcopy(recording.events[other]), n=index, t=recording.events[index]['t'])]
    return edit


def columns_order(recording, chance):
    edit = Edit(recording)
    for index in recording.of('schema'):
        for columns in edit.event(index)['tables'].values():
            chance.shuffle(columns)
    return edit


def why_of_steps(recording, chance):
    edit = Edit(recording)
    reasons = {}
    for index in recording.of('step'):
        event = recording.events[index]
        if event['edge'] == 'begin' and event.get('why'):
            reasons[event['step']] = event['why']
        if event.get('why') and event['why'] == reasons.get(event['step']):
            edit.event(index)['why'] = 'for another reason'
    return edit


def unknown_member(recording, chance):
    """Members that a later version may add."""
    edit = Edit(recording)
    for index in recording.of('op', 'node', 'deliver'):
        edit.event(index)['remark'] = {'added': 'later'}
    return edit


def one_heartbeat_more(recording, chance):
    """The node that sent the last heartbeat sends it once more; its record is renewed, and it is told so."""
    places = [(recording.answer(recording.message(index)['id']), index)
              for index in recording.said('call', 'service_update')]
    places = [(answered, index) for answered, index in places if answered is not None]
    if not places:
        return None
    answered, asked = max(places)
    node = recording.message(asked)['args']['service']['id']
    renewed = [index for index in recording.changes[SERVICES, node] if asked < index < answered and
               recording.events[index]['column'] == 'updated_at' and recording.events[index]['action'] == 'update']
    arrived = recording.delivered.get(recording.message(answered)['id'])
    if not renewed or not arrived or 'result' not in recording.message(answered):
        return None
    old = recording.events[renewed[0]]['new']
    new = old[:-1] + str((int(old[-1]) + 1) % 10)
    edit = Edit(recording)
    for index in (asked, recording.delivered[recording.message(asked)['id']][0], renewed[0], answered, arrived[0]):
        text = dump({key: value for key, value in recording.events[index].items() if key not in ('n', 't')})
        for identity in (recording.message(asked)['id'], recording.message(answered)['id']):
            text = text.replace('"%s"' % identity, '"%s0000"' % identity)
        event = json.loads(text)
        if index == renewed[0]:
            event.update(old=old, new=new, sequence=-1)
        for entry in event.get('message', {}).get('result', {}).get('services', ()):
            if entry['id'] == node:
                entry['updated_at'] = new
        edit.put(arrived[0], event)
    return edit


def one_read_more(recording, chance):
    """A client reads once more at once, through the same api, and is told the same."""
    places = []
    for name, invoked, began, ended in recording.acknowledged('read'):
        if invoked.get('want') is None and ended - began < 60:
            places.append((name, began, ended))
    place = pick(chance, places)
    if place is None:
        return None
    name, began, ended = place
    own = [index for index in range(began, ended + 1) if
           recording.events[index].get('op') == name or
           recording.events[index]['kind'] == 'send' and recording.message(index).get('operation') == name or
           recording.events[index]['kind'] == 'deliver' and
           recording.message(recording.sent[recording.events[index]['id']]).get('operation') == name]
    key = (recording.table(recording.events[began]['object']), recording.events[began]['row'])
    if any(recording.events[index]['kind'] == 'change' for index in range(began, ended)) or key not in recording.changes:
        return None
    identities = {recording.message(index)['id'] for index in own if recording.events[index]['kind'] == 'send'}
    edit = Edit(recording)
    for index in own:
        text = dump({key: value for key, value in recording.events[index].items() if key not in ('n', 't')})
        for identity in identities:
            text = text.replace('"%s"' % identity, '"%s0000"' % identity)
        text = text.replace('"%s"' % name, '"%s-again"' % name)
        edit.put(ended, json.loads(text))
    return edit


def one_key_more(recording, chance):
    """A Json field has a key more from the beginning to the end."""
    write = pick(chance, noted(recording))
    if write is None:
        return None
    edit = Edit(recording)
    note(recording, edit, write.row, lambda index: 'told')
    return edit


def nothing_starved(recording, chance):
    """The harness looked at the machine once more, and nothing was taken away."""
    place = chance.choice(recording.of('step'))
    time = recording.events[place]['t']
    edit = Edit(recording)
    edit.put(place, {'kind': 'starved', 'from': time, 'to': time, 'took': {}})
    return edit


def cut_newline(recording, chance):
    """Blank space after the last event."""
    edit = Edit(recording)
    edit.at[len(recording.lines) - 1] = [recording.lines[-1] + ' \t ']
    return edit


CLASSES = [
    ('members in another order', lines(key_order)),
    ('blanks between the words', lines(blanks)),
    ('escapes for letters and slashes', lines(escapes)),
    ('blanks at the end of each line', lines(trailing_blank)),
    ('other ids of rows', renamed(other_id, _ID)),
    ('other process numbers', renamed(other_pid, re.compile(r'"pid":\d+'))),
    ('a later clock', later_clock),
    ('a pause before the end', slower),
    ('another day', other_day),
    ('another order of rows', rows_order),
    ('another order of tables', tables_order),
    ('another order of columns', columns_order),
    ('other reasons of steps', why_of_steps),
    ('members of a later version', unknown_member),
    ('one heartbeat more', one_heartbeat_more),
    ('one read more', one_read_more),
    ('one key more in a Json field', one_key_more),
    ('another look at the machine', nothing_starved),
    ('blanks after the last event', cut_newline),
]
