"""Property 7: what follows from an operation follows, and nothing else."""
import re

from classes.places import gone, pick
from edit import Edit


def consequences(recording, effect):
    for catalog in list(recording.catalogs.values())[:1]:
        for one in catalog['consequences']:
            if one['effect'] == effect and 'object' in one and one['on_action'] == 'destroy':
                yield one


def was(recording, key, changes):
    """A row as it was when these changes deleted it."""
    return dict({'id': key}, **{recording.events[index]['column']: recording.events[index]['old'] for index in changes})


def cascade_missing(recording, chance):
    """A parent is deleted, a child stays behind."""
    places = []
    parents = {key: changes[0] for _, key, changes in gone(recording)}
    for one in consequences(recording, 'destroy'):
        for table, key, changes in gone(recording):
            if recording.class_of.get(table) == one['object']:
                owner = [recording.events[index]['old'] for index in changes if recording.events[index]['column'] == one['key']]
                if owner and owner[0] in parents and not any(
                        write.method == 'destroy' and write.row == key for write in recording.writes):
                    places.append((table, key, changes))
    place = pick(chance, places)
    if place is None:
        return None
    table, key, changes = place
    edit = Edit(recording)
    edit.drop(*changes)
    edit.add_row(table, was(recording, key, changes))
    return edit


def reference_stays(recording, chance):
    """A cluster is deleted, and a run goes on naming it."""
    places = [index for (table, key), changed in recording.changes.items() if recording.class_of.get(table) == 'JobExecution'
              for index in changed if recording.events[index]['column'] == 'cluster_id' and
              recording.events[index]['action'] == 'update' and recording.events[index]['new'] is None and
              (table, key) in recording.rows and not any(later > index for later in recording.mentions.get(key, ()))]
    place = pick(chance, places)
    if place is None:
        return None
    edit = Edit(recording)
    edit.undo([place])
    return edit


def events_of_steps(recording):
    """(table, key, its deleting changes, where its step was finished) of events that went with a finished step."""
    for table, key, changes in gone(recording):
        if recording.class_of.get(table) == 'ClusterEvent':
            step = was(recording, key, changes).get('step_id')
            finished = [index for index in recording.changes.get((recording.table('ClusterProvisionStep'), step), ())
                        if recording.events[index]['column'] == 'successful' and recording.events[index]['new'] is True and
                        recording.events[index]['action'] == 'update']
            if finished and abs(finished[0] - changes[0]) < 60:
                yield table, key, changes, step


def events_stay(recording, chance):
    """A step becomes successful, and one of its events stays."""
    place = pick(chance, events_of_steps(recording))
    if place is None:
        return None
    table, key, changes, _ = place
    edit = Edit(recording)
    edit.drop(*changes)
    edit.add_row(table, was(recording, key, changes))
    return edit


def events_go_early(recording, chance):
    """The events of a step go when something else of it is written, before it is successful."""
    places = []
    for write in recording.writes:
        if write.name == 'ClusterProvisionStep' and write.method == 'save' and write.acknowledged and \
                'successful' not in write.names:
            own = [key for table, key in recording.rows if recording.class_of.get(table) == 'ClusterEvent' and
                   recording.rows[table, key].get('step_id') == write.row and
                   recording.changes[table, key][-1] < write.at]
            if own and recording.changed_by(write):
                places.append((write, own[0]))
    place = pick(chance, places)
    if place is None:
        return None
    write, key = place
    table = recording.table('ClusterEvent')
    edit = Edit(recording)
    after = recording.changed_by(write)[-1]
    for column, value in recording.rows[table, key].items():
        edit.change(after, table, key, column, value, None, 'delete')
    edit.drop_row(table, key)
    return edit


def steals_keys(recording, chance):
    """When a cluster goes, its unfinished runs are marked; another key of that column goes, too."""
    places = []
    for (table, key), changed in recording.changes.items():
        if recording.class_of.get(table) == 'JobExecution' and (table, key) in recording.rows:
            freed = [index for index in changed if recording.events[index]['column'] == 'cluster_id' and
                     recording.events[index]['action'] == 'update' and recording.events[index]['new'] is None]
            value = recording.rows[table, key].get('info')
            if freed and isinstance(value, str) and '"status"' in value and not any(
                    recording.events[index]['column'] == 'info' and index > freed[0] for index in changed):
                places.append((table, key, freed[0], value))
    place = pick(chance, places)
    if place is None:
        return None
    table, key, after, value = place
    stolen = re.sub(r'"status":"\w+"', '"status":"KILLED"', '{"status":"KILLED"}')
    if value == stolen:
        stolen = '{}'
    edit = Edit(recording)
    edit.change(after, table, key, 'info', value, stolen)
    edit.set_final(table, key, 'info', stolen)
    return edit


EFFECT = ('effect-count',)
WIDER = EFFECT + ('no-data-loss',)  # what no consequence allows is a change that nobody asked for
CLASSES = [
    (7, 'a child stays when its parent goes', EFFECT, cascade_missing),
    (7, 'a run names a cluster that is gone', EFFECT, reference_stays),
    (7, 'an event stays when its step is finished', EFFECT, events_stay),
    (7, 'an event goes before its step is finished', WIDER, events_go_early),
    (7, 'a consequence takes other keys along', WIDER, steals_keys),
]
