"""A recording (docs/run-file.md) as it is to be changed: its events, and where what is said of what."""
import functools
import json
import re

DATA, NAME, VERSION = 'versioned_object.data', 'versioned_object.name', 'versioned_object.version'
CHANGES, NAMESPACE = 'versioned_object.changes', 'versioned_object.namespace'
SERVICES = 'caravan_services'


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(',', ':'))


def primitives(value):
    """Every versioned object in a value, the outer ones first."""
    if isinstance(value, dict):
        if DATA in value:
            yield value
        for inner in value.values():
            yield from primitives(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from primitives(inner)


class Write:
    """A call of object_action: what it asked for, where it was delivered (at) and answered (answered; None: never)."""

    def __init__(self, recording, sent):
        message = recording.events[sent]['message']
        self.sent, self.id, self.sender = sent, message['id'], message['from']
        self.operation = message.get('operation')
        self.method = message['args']['objmethod']
        self.object = message['args']['objinst']
        self.name, self.data = self.object[NAME], self.object[DATA]
        self.row = self.data.get('id')
        self.names = self.object.get(CHANGES, [])
        self.at = recording.delivered.get(self.id, [None])[0]
        self.answered = recording.answer(self.id)
        self.acknowledged = self.answered is not None and 'error' not in recording.events[self.answered]['message']


class Recording:
    """Nothing changes it: what a class of changes makes of it is an Edit."""

    def __init__(self, lines, name=''):
        self.name, self.lines = name, lines
        self.events = [json.loads(line) for line in lines]
        self.header = self.events[0]
        self.direct = self.header['access'] == 'direct'
        self.catalogs = {name: release['catalog'] for name, release in self.header['releases'].items()}

    def of(self, *kinds):
        """The indices of the events of these kinds."""
        return [index for kind in kinds for index in self._by_kind.get(kind, ())]

    @functools.cached_property
    def _by_kind(self):
        found = {}
        for index, event in enumerate(self.events):
            found.setdefault(event['kind'], []).append(index)
        return found

    def message(self, index):
        return self.events[index]['message']

    @functools.cached_property
    def sent(self):
        """Message id: where it was sent."""
        return {self.message(index)['id']: index for index in self.of('send')}

    @functools.cached_property
    def delivered(self):
        """Message id: where it was delivered."""
        found = {}
        for index in self.of('deliver'):
            found.setdefault(self.events[index]['id'], []).append(index)
        return found

    @functools.cached_property
    def replies(self):
        """Message id of a question: where its replies were sent."""
        found = {}
        for index in self.of('send'):
            if self.message(index)['kind'] == 'reply':
                found.setdefault(self.message(index)['to'], []).append(index)
        return found

    def answer(self, asked):
        return self.replies.get(asked, [None])[0]

    def said(self, kind, method=None):
        """Where messages of this kind (and method) were sent."""
        return [index for index in self.of('send') if self.message(index)['kind'] == kind and
                (method is None or self.message(index).get('method') == method)]

    @functools.cached_property
    def operations(self):
        """Operation: {edge: where}."""
        found = {}
        for index in self.of('op'):
            found.setdefault(self.events[index]['op'], {})[self.events[index]['edge']] = index
        return found

    def acknowledged(self, *methods):
        """(operation, its invoke event, where that is, where it ended) of what clients were told is done."""
        return [(name, self.events[edges['invoke']], edges['invoke'], edges['ok'])
                for name, edges in self.operations.items()
                if 'ok' in edges and self.events[edges['invoke']]['method'] in methods]

    def request(self, operation):
        """Where the client's request of an operation was sent."""
        return self._requests.get(operation)

    @functools.cached_property
    def _requests(self):
        return {self.message(index)['operation']: index for index in self.said('request')}

    @functools.cached_property
    def classes(self):
        """Class: its history in the newest release in use."""
        found = {}
        for catalog in self.catalogs.values():
            for history in catalog['histories']:
                found.setdefault(history['name'], {}).update(history)
        return found

    @functools.cached_property
    def class_of(self):
        """Table: class."""
        return {history['table']: name for name, history in self.classes.items()}

    @functools.cached_property
    def fields(self):
        """(class, field): its type and column, of any version."""
        found = {}
        for catalog in self.catalogs.values():
            for entry in catalog['classes']:
                for field in entry.get('fields', ()):
                    found[entry['name'], field['name']] = field
        return found

    @functools.cached_property
    def secret(self):
        """(class, field) of those that hold secrets, wholly or in part."""
        return {(name, contract['field']) for name, history in self.classes.items()
                for contract in history['contracts'] if contract.get('secret')}

    def plain(self, name, field, value=None):
        """Whether it is text of a client's own, which means nothing to any node."""
        kind = self.fields.get((name, field), {})
        return (kind.get('type') == 'String' and not kind.get('column', {}).get('references') and
                (name, field) not in self.secret and field not in ('id', 'name', 'tenant_id', 'url', 'type', 'data') and
                not field.startswith(('status', 'engine_job', 'oozie_job', 'instance')) and
                (value is None or isinstance(value, str) and ' ' in value))

    @functools.cached_property
    def changes(self):
        """(table, key): where that row changed."""
        found = {}
        for index in self.of('change'):
            event = self.events[index]
            found.setdefault((event['table'], event['key']), []).append(index)
        return found

    @functools.cached_property
    def rows(self):
        """(table, key): the row in the final contents."""
        return {(self.events[index]['table'], row['id']): row for index in self.of('final')
                for row in self.events[index]['rows'] if 'id' in row}

    @functools.cached_property
    def final(self):
        """Table: where its final contents are."""
        return {self.events[index]['table']: index for index in self.of('final')}

    @functools.cached_property
    def writes(self):
        return [Write(self, index) for index in self.said('call', 'object_action')
                if self.message(index)['args']['objmethod'] != 'obj_load_attr']

    def table(self, name):
        return self.classes[name]['table']

    def changed_by(self, write, *, columns=None):
        """Where the row of a write changed in its window, if no other write to that row was under way."""
        if write.at is None or write.answered is None or write.row is None or write.name not in self.classes:
            return []
        for other in self._writes_of.get(write.row, ()):
            if other is not write and other.at is not None and other.at < write.answered and (
                    other.answered is None or other.answered > write.at):
                return []
        return [index for index in self.changes.get((self.table(write.name), write.row), ())
                if write.at < index < write.answered and (columns is None or self.events[index]['column'] in columns)]

    @functools.cached_property
    def _writes_of(self):
        found = {}
        for write in self.writes:
            found.setdefault(write.row, []).append(write)
        return found

    @functools.cached_property
    def mentions(self):
        """Id of a row: where messages and operations mention it."""
        found = {}
        for index in self.of('send', 'op'):
            for word in set(_ID.findall(self.lines[index])):
                found.setdefault(word, []).append(index)
        return {word: sorted(places) for word, places in found.items()}

    def quiet(self, row, after, before=None):
        """Places in between at which nobody has anything to do with the row, nor with the whole database."""
        end = before if before is not None else self.of('final')[0]
        busy = set()
        for index in self.mentions.get(row, ()):
            event = self.events[index]
            if event['kind'] == 'send':
                message = event['message']
                stop = self.answer(message['id'])
                if stop is None and message['kind'] == 'call':
                    stop = self.death(message['from'], end)
                elif stop is None and message['kind'] == 'request':
                    stop = max(self.operations[message['operation']].values())
            else:
                edges = self.operations[event['op']]
                stop = max(edges.values()) if len(edges) > 1 else end
            busy.update(range(index, (stop if stop is not None else index) + 1))
        busy.update(self.migrating)
        return [index for index in self.of('op', 'step') if after < index < end and index not in busy and
                index + 1 not in busy and self.events[index].get('edge') not in ('invoke',)]

    @functools.cached_property
    def migrating(self):
        """Every index within a step that migrates."""
        found, began = set(), {}
        for index in self.of('step'):
            event = self.events[index]
            if event['verb'] == 'migrate':
                if event['edge'] == 'begin':
                    began[event['step']] = index
                else:
                    found.update(range(began.get(event['step'], index), index + 1))
        return found

    def states(self, *states):
        return [index for index in self.of('node') if self.events[index]['state'] in states]

    def death(self, name, otherwise):
        """Where an incarnation ended; `otherwise` where it did not."""
        return min([index for state, index in self.lives().get(name, {}).items()
                    if state in ('stopped', 'killed', 'exited')], default=otherwise)

    @functools.lru_cache(maxsize=None)
    def lives(self):
        """{incarnation: {state: where}}."""
        found = {}
        for index in self.of('node'):
            event = self.events[index]
            found.setdefault('%s#%d' % (event['node'], event['incarnation']), {}).setdefault(event['state'], index)
        return found


_ID = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}')
