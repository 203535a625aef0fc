"""Property 19: what a client wrote into a secret field is seen by nobody who must not have it."""
import base64

from classes.casts import casts
from classes.clients import tell, told
from classes.messages import alive_at
from classes.places import pick
from edit import Edit
from recording import DATA


def canaries(recording):
    """(text, class, where it was written) of what clients wrote into secret fields."""
    found = []

    def walk(value, name, index):
        if isinstance(value, str):
            if 'canary' in value:
                found.append((value, name, index))
        elif isinstance(value, dict):
            for inner in value.values():
                walk(inner, name, index)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, name, index)
    for _, invoked, index, _ in recording.acknowledged('create', 'update', 'run'):
        walk(invoked['fields'], invoked['object'], index)
    return found


def told_as(disguise):
    """A client is told a secret in a text of another row."""
    def change(recording, chance):
        secret = pick(chance, canaries(recording))
        if secret is None:
            return None
        places = [place for place in told(recording, 'read') if place[1] > secret[2] and place[0]['object'] != secret[1] and
                  isinstance(recording.events[place[2]]['result'], dict)]
        place = pick(chance, places)
        if place is None:
            return None
        result = dict(recording.events[place[2]]['result'])
        disguise(recording, place[0]['object'], result, secret[0])
        return tell(recording, place, result)
    return change


def as_value(write):
    def disguise(recording, name, result, secret):
        result['status_description' if 'status_description' in result else 'description'] = write(secret)
    return disguise


def as_key(recording, name, result, secret):
    result[secret] = 1


def encoded(secret):
    return base64.b64encode(secret.encode()).decode()


def half(secret):
    return secret[:len(secret) * 3 // 4]


def somewhere(event_of):
    """A secret stands in what the harness or a node says."""
    def change(recording, chance):
        secret = pick(chance, canaries(recording))
        if secret is None:
            return None
        place = pick(chance, [index for index in recording.of('op') if index > secret[2] and index not in recording.migrating])
        names = [name for name in sorted(alive_at(recording, place)) if name.startswith('engine')] if place else []
        if not names:
            return None
        edit = Edit(recording)
        return edit if event_of(recording, edit, place, chance.choice(names), *secret[:2]) is not False else None
    return change


def in_a_log(recording, edit, place, name, secret, owner):
    node, number = name.split('#')
    edit.put(place, {'kind': 'leak', 'node': node, 'incarnation': int(number), 'file': node + '.log', 'line': 7,
                     'operation': 's1', 'object': owner, 'field': 'extra'})


def in_trouble(recording, edit, place, name, secret, owner):
    node, number = name.split('#')
    what = 'run_edp_job: ValueError: %s does not fit' % secret
    edit.put(place, {'kind': 'send', 'message': {'kind': 'trouble', 'id': name + '/7777777', 'from': name, 'args': {'what': what}}},
             {'kind': 'trouble', 'node': node, 'incarnation': int(number), 'what': what})


def in_problems(recording, chance):
    secret = pick(chance, canaries(recording))
    places = [index for index in recording.of('migration') if secret and index > secret[2]]
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    edit.event(place)['problems'] = ['a row could not be converted: ' + secret[0]]
    return edit


def in_why(recording, chance):
    secret = pick(chance, canaries(recording))
    places = [index for index in recording.of('step') if secret and index > secret[2] and recording.events[index].get('why') and
              recording.events[index]['edge'] == 'end']
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    edit.event(place)['why'] += ': ' + secret[0]
    return edit


def in_an_error(recording, chance):
    secret = pick(chance, canaries(recording))
    places = [index for index in recording.said('reply') if secret and index > secret[2] and 'error' in recording.message(index)]
    place = pick(chance, places)
    if place is None:
        return None
    message = recording.message(place)
    edit = Edit(recording)
    edit.message(place)['error']['message'] += ': ' + secret[0]
    operation = recording.operations.get(message.get('operation'), {})
    if 'fail' in operation and recording.request(message['operation']) == recording.sent.get(message['to']):
        edit.event(operation['fail'])['error']['message'] += ': ' + secret[0]
    return edit


def cast_to_engine(recording, chance):
    """A secret of a class that engines get in answers only travels in a cast of another one."""
    secret = pick(chance, [secret for secret in canaries(recording) if secret[1] in ('DataSource', 'JobBinary')])
    places = [place for place in casts(recording) if secret and place[0] > secret[2]]
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    primitive = edit.message(place[0])['args'][place[1]]
    field = 'description' if 'description' in primitive[DATA] else 'return_code'
    primitive[DATA][field] = secret[0]
    return edit


SECRET = ('secret',)
WRONG = SECRET + ('session', 'wire-schema')  # it is another value than is stored, too
TROUBLE = SECRET + ('exception',)  # a complaint is a failure by itself
CLASSES = [
    (19, 'a client is told a secret', WRONG, told_as(as_value(str))),
    (19, 'a client is told a secret as a key', SECRET, told_as(as_key)),
    (19, 'a client is told a secret in base64', WRONG, told_as(as_value(encoded))),
    (19, 'a client is told most of a secret', WRONG, told_as(as_value(half))),
    (19, 'a secret in a log', SECRET, somewhere(in_a_log)),
    (19, 'a secret in a complaint', TROUBLE, somewhere(in_trouble)),
    (19, 'a secret in the problems of a migration', SECRET, in_problems),
    (19, 'a secret in the end of a step', SECRET, in_why),
    (19, 'a secret in an error', SECRET, in_an_error),
    (19, 'a secret in a cast of another class', WRONG, cast_to_engine),
]
