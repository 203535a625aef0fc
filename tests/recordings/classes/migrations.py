"""Properties 5 and 20: what a migration leaves behind, and a rename between its phases."""
from classes.places import STRANGE, pick
from edit import Edit


def tools(recording, phase):
    """(where the step began, where the tool had ended) of the runs of a phase that were done."""
    for index in recording.of('migration'):
        event = recording.events[index]
        if event['phase'] == phase and event['refused'] is None and not event['killed']:
            began = max([place for place in recording.of('step') if place < index and
                         recording.events[place]['verb'] == 'migrate' and recording.events[place]['edge'] == 'begin'], default=None)
            if began is not None:
                yield began, index


def moves(recording, phase='data'):
    """(where the tool had ended, change) of what a phase itself moved: no message asked for it."""
    for began, index in tools(recording, phase):
        busy = {write.row for write in recording.writes if write.at is not None and write.at < index and
                (write.answered is None or write.answered > began)}
        for place in range(began, index):
            event = recording.events[place]
            if event['kind'] == 'change' and event['action'] == 'update' and event['table'] in recording.class_of and \
                    event['key'] not in busy:
                yield index, place


def not_moved(recording, chance):
    """A row is not moved, and the phase says that nothing is left."""
    place = pick(chance, moves(recording))
    if place is None:
        return None
    tool, change = place
    edit = Edit(recording)
    edit.undo([change])
    return edit


def nothing_moved(recording, chance):
    """The data phase moved nothing, and contract went ahead."""
    places = {}
    for tool, change in moves(recording):
        places.setdefault(tool, []).append(change)
    tool = pick(chance, sorted(places))
    if tool is None:
        return None
    edit = Edit(recording)
    edit.undo(places[tool])
    edit.event(tool)['done'] = 0
    return edit


def no_data_phase(recording, chance):
    """There was no data phase at all before contract, and what it moves is gone with the old column."""
    steps = [(began, index) for began, index in tools(recording, 'data')]
    moved = [change for _, change in moves(recording)]
    if not steps or not moved:
        return None
    edit = Edit(recording)
    edit.undo(moved)
    for began, index in steps:
        edit.drop(index)
    return edit


def moved_wrong(recording, chance):
    place = pick(chance, [place for place in moves(recording) if isinstance(recording.events[place[1]]['new'], str)])
    if place is None:
        return None
    edit = Edit(recording)
    event = edit.event(place[1])
    event['new'] = STRANGE
    edit.settle(event['table'], event['key'], event['column'], STRANGE, place[1])
    return edit


def says(phase, **members):
    """The tool says something about itself that is not so."""
    def change(recording, chance):
        place = pick(chance, tools(recording, phase))
        if place is None:
            return None
        edit = Edit(recording)
        event = edit.event(place[1])
        for name, value in members.items():
            event[name] = event[name] + value if name in ('done', 'left') else value
        return edit
    return change


def schema_after(recording, phase):
    """(the first schema after a phase was done, the schema before it)."""
    for began, index in tools(recording, phase):
        before = [place for place in recording.of('schema') if place < began]
        after = [place for place in recording.of('schema') if place > began]
        if before and after:
            yield before[-1], after[0]


def old_column_stays(recording, chance):
    """Contract leaves a column that it ought to drop."""
    for before, after in schema_after(recording, 'contract'):
        columns = [(table, column) for table, names in recording.events[before]['tables'].items() for column in names
                   if column not in recording.events[after]['tables'].get(table, names)]
        if columns:
            table, column = chance.choice(columns)
            edit = Edit(recording)
            for index in recording.of('schema'):
                if index >= after:
                    edit.event(index)['tables'][table].append(column)
            if table in recording.final:
                for row in edit.event(recording.final[table])['rows']:
                    values = [recording.events[index]['new'] for index in recording.changes.get((table, row.get('id')), ())
                              if recording.events[index]['column'] == column]
                    row[column] = values[-1] if values else None
            return edit
    return None


def column_missing(recording, chance):
    """Expand does not add a column that the newer release names."""
    for before, after in schema_after(recording, 'expand'):
        columns = [(table, column) for table, names in recording.events[after]['tables'].items()
                   if table in recording.events[before]['tables']
                   for column in names if column not in recording.events[before]['tables'][table]]
        to = {(entry['name'], field['name']) for entry in recording.catalogs[recording.header['to']]['classes']
              for field in entry.get('fields', ())}
        unused = [(table, column) for table, column in columns if (recording.class_of.get(table), column) in to and not any(
            recording.events[index]['column'] == column and recording.events[index]['table'] == table
            for index in recording.of('change'))]
        if unused:
            table, column = chance.choice(unused)
            edit = Edit(recording)
            for index in recording.of('schema'):
                if index >= after:
                    edit.event(index)['tables'][table].remove(column)
            for row in edit.event(recording.final[table])['rows']:
                row.pop(column, None)
            return edit
    return None


def meaning_lost(recording, chance):
    """A column that contract makes NOT NULL, or that a rename filled, is NULL in the final contents and in its last change."""
    places = []
    for _, change in moves(recording):
        event = recording.events[change]
        key = (event['table'], event['key'])
        last = [index for index in recording.changes[key] if recording.events[index]['column'] == event['column']][-1]
        if last == change and key in recording.rows and recording.rows[key].get(event['column']) is not None:
            places.append((key, event))
    place = pick(chance, places)
    ended = [index for _, index in tools(recording, 'contract')]
    if place is None or not ended:
        return None
    key, event = place
    edit = Edit(recording)
    edit.change(ended[-1] - 1, *key, event['column'], event['new'], None)
    edit.set_final(*key, event['column'], None)
    return edit


def moves_again(recording, chance):
    """A row that was done is moved once more, to another value, and back to what it was."""
    place = pick(chance, moves(recording))
    if place is None:
        return None
    event = recording.events[place[1]]
    edit = Edit(recording)
    edit.change(place[0] - 1, event['table'], event['key'], event['column'], event['new'], event['old'])
    edit.settle(event['table'], event['key'], event['column'], event['old'], place[1])
    return edit


def renames(recording):
    """{table: (older column, newer column)}."""
    found = {}
    for name, history in recording.classes.items():
        for contract in history['contracts']:
            if contract.get('was_called'):
                found[history['table']] = (contract['was_called'][0], contract['field'])
    return found


def in_both(recording):
    """(older column's change, newer column's change) of one save of a renamed field, before contract."""
    for table, (old, new) in renames(recording).items():
        for (where, key), places in recording.changes.items():
            if where == table:
                pairs = {}
                for index in places:
                    event = recording.events[index]
                    if event['column'] in (old, new) and event['action'] == 'update' and event['new']:
                        pairs.setdefault((event['t'], event['new']), {})[event['column']] = index
                for pair in pairs.values():
                    if len(pair) == 2:
                        yield pair[old], pair[new]


def only_in(which):
    """A save of a renamed field writes one of the two columns."""
    def change(recording, chance):
        place = pick(chance, in_both(recording))
        if place is None:
            return None
        edit = Edit(recording)
        edit.undo([place[which]])
        return edit
    return change


def lost_at_contract(recording, chance):
    """While contract runs a value of a renamed field goes, for good."""
    places = []
    for table, (_, new) in renames(recording).items():
        places += [(table, key, new, row[new]) for (where, key), row in recording.rows.items()
                   if where == table and row.get(new) and (where, key) in recording.changes]
    ended = [index for _, index in tools(recording, 'contract')]
    place = pick(chance, places)
    if place is None or not ended:
        return None
    table, key, column, value = place
    edit = Edit(recording)
    edit.change(ended[-1] - 1, table, key, column, value, None)
    edit.set_final(table, key, column, None)
    return edit


OWNER = ('migration',)
CLASSES = [
    (5, 'a row is not moved', OWNER, not_moved),
    (5, 'nothing is moved', OWNER, nothing_moved),
    (5, 'contract without a data phase', OWNER, no_data_phase),
    (5, 'a row is moved to another value', OWNER, moved_wrong),
    (5, 'a row is moved back', OWNER, moves_again),
    (5, 'a meaning is NULL after contract', OWNER, meaning_lost),
    (5, 'more is said to be done than was', OWNER, says('data', done=7)),
    (5, 'rows are said to be left, and the status is 0', OWNER, says('data', left=3)),
    (5, 'a migration was killed that nobody killed', OWNER, says('data', killed=True, status=1)),
    (5, 'a contract was refused that goes on', OWNER + ('stored-format',),  # its columns are gone, for the older release, too
     says('contract', status=3, refused='an older node is on record')),
    (5, 'an older column stays', OWNER, old_column_stays),
    (5, 'a newer column is missing', ('stored-format',), column_missing),
    (20, 'only the newer column of a rename is written', OWNER + ('frame', 'no-data-loss'), only_in(0)),
    (20, 'only the older column of a rename is written', OWNER + ('frame', 'no-data-loss'), only_in(1)),
    (20, 'a renamed value goes while contract runs', OWNER, lost_at_contract),
]
