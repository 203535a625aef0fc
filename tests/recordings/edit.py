"""Changes to a recording that leave it a recording: numbered without gaps, changes and final contents in agreement."""
import copy
import json
import re

from recording import dump

PAST = 2600000  # microseconds past what a request may take


class Edit:
    """At each index what stands there instead: events, or lines as they are to be written."""

    def __init__(self, recording):
        self.recording, self.at = recording, {}
        self.numbered = True   # events and changes are numbered anew
        self.delays = []       # (index, microseconds): from there on everything is later

    def event(self, index):
        """The event at an index, to be changed."""
        if index not in self.at:
            self.at[index] = [copy.deepcopy(self.recording.events[index])]
        return next(event for event in self.at[index] if isinstance(event, dict) and event['n'] == index)

    def message(self, index):
        return self.event(index)['message']

    def drop(self, *indices):
        for index in indices:
            self.event(index)
            self.at[index] = [event for event in self.at[index] if event['n'] != index]

    def unsay(self, *sent):
        """These messages were never sent, and so reached nobody."""
        for index in sent:
            self.drop(index, *self.recording.delivered.get(self.recording.message(index)['id'], ()))

    def no_answer(self, answered, ended):
        """A client gave up instead of being answered: by that reply, told in that event."""
        self.unsay(answered)
        event = self.event(ended)
        del event['result']
        event.update(edge='info', why='no answer within 2 s')
        self.delay(ended, PAST)
        return self.unstarved()

    def put(self, index, *events):
        """After what stands at an index, with its time."""
        self.at.setdefault(index, [copy.deepcopy(self.recording.events[index])])
        self.at[index] += [dict({'n': -1, 't': self.recording.events[index]['t']}, **event) for event in events]

    def move(self, indices, after):
        events = [{key: value for key, value in self.event(index).items() if key not in ('n', 't')} for index in indices]
        self.drop(*indices)
        self.put(after, *events)

    def delay(self, index, microseconds):
        self.delays.append((index, microseconds))

    def unstarved(self):
        """The machine took nothing away from anybody, so that it explains no lateness."""
        self.drop(*self.recording.of('starved'))
        return self

    # Of the database.

    def change(self, after, table, key, column, old, new, action='update'):
        """A change more. Behind a change it belongs to that one's transaction, elsewhere to one of its own."""
        event = {'kind': 'change', 'sequence': -1, 'action': action, 'table': table, 'key': key, 'column': column,
                 'old': old, 'new': new}
        event.update(self._stamp(after, table, key))
        self.put(after, event)

    def _stamp(self, after, table, key):
        """As its writer would have stamped it: as the last change there, or of that row; nothing if nobody stamps."""
        before = self.recording.events[after]
        if before['kind'] != 'change':
            own = [index for index in self.recording.changes.get((table, key), ()) if index <= after]
            before = self.recording.events[(own or self.recording.of('change')[:1])[-1]]
            if 'transaction' in before:
                return {'transaction': 'new %d' % after, 'writer': before['writer'], 'cause': before['cause']}
        return {name: before[name] for name in ('transaction', 'writer', 'cause') if name in before}

    def settle(self, table, key, column, value, after):
        """From an index on the column has this value: the next change starts from it, or it stands at the end."""
        for index in self.recording.changes.get((table, key), ()):
            event = self.recording.events[index]
            if index > after and event['column'] == column and self._stands(index):
                self.event(index)['old'] = value
                return
        self.set_final(table, key, column, value)

    def _stands(self, index):
        return index not in self.at or any(isinstance(event, str) or event['n'] == index for event in self.at[index])

    def set_final(self, table, key, column, value):
        if table in self.recording.final:  # service records are not
            for row in self.event(self.recording.final[table])['rows']:
                if row['id'] == key:
                    row[column] = value

    def drop_row(self, table, key):
        final = self.event(self.recording.final[table])
        final['rows'] = [row for row in final['rows'] if row.get('id') != key]

    def add_row(self, table, row):
        self.event(self.recording.final[table])['rows'].append(row)

    def undo(self, indices):
        """These changes never happened."""
        for index in indices:
            event = self.recording.events[index]
            self.drop(index)
            self.settle(event['table'], event['key'], event['column'], event['old'], index)

    # Out again.

    def text(self):
        """The lines of the changed recording."""
        lines, number = [], 0
        delays = sorted(self.delays)
        sequences, firsts = self._sequences(), {}
        for index, line in enumerate(self.recording.lines):
            later = sum(microseconds for place, microseconds in delays if place <= index)
            for event in self.at.get(index, (line,)):
                if sequences and '"kind":"change"' in (line if event is line else dump(event)):
                    event = self._renumber(json.loads(event) if isinstance(event, str) else event, next(sequences), firsts)
                if isinstance(event, dict):
                    event = dump(event)
                if self.numbered:
                    event = re.sub(r'^\{"n":-?\d+', '{"n":%d' % number, event)
                    number += 1
                if later:
                    event = re.sub(r'^(\{"n":\d+,"t":)(\d+)', lambda m: m[1] + str(int(m[2]) + later), event)
                lines.append(event)
        return lines

    @staticmethod
    def _renumber(event, sequence, firsts):
        """A change with its new number; a transaction is named by the number of its first change."""
        event = dict(event, sequence=sequence)
        if 'transaction' in event:
            event['transaction'] = firsts.setdefault(event['transaction'], sequence)
        return event

    def _sequences(self):
        """The numbers of the changes in order, if any was put, moved or dropped."""
        changed = [event for events in self.at.values() for event in events if isinstance(event, dict)]
        dropped = any(self.recording.events[index]['kind'] == 'change' and not self._stands(index) for index in self.at)
        if not self.numbered or not (dropped or any(event['kind'] == 'change' and event['n'] == -1 for event in changed)):
            return None
        numbers = [self.recording.events[index]['sequence'] for index in self.recording.of('change')]

        def count():
            yield from numbers
            last = numbers[-1]
            while True:
                last += 1
                yield last
        return count()
