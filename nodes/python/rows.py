"""Objects to rows and back, by the tables, columns and keys of the snapshot; and what a write brings with it."""

import datetime
import json

from store import Refused

DATABASE_TIME = '%Y-%m-%d %H:%M:%S.%f'


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def to_column(spec, value):
    """`value` is the object's own: a datetime is one."""
    if value is None:
        return None
    if spec['type'] == 'Json':
        return json.dumps(value, separators=(',', ':'), ensure_ascii=False)
    if spec['type'] == 'DateTime':
        return value.astimezone(datetime.timezone.utc).strftime(DATABASE_TIME)
    return value


def from_column(spec, value):
    if value is None:
        return None
    if spec['type'] == 'Json':
        return json.loads(value)
    if spec['type'] == 'DateTime':
        return datetime.datetime.strptime(value, DATABASE_TIME).replace(tzinfo=datetime.timezone.utc)
    return value


def wire(obj, name):
    """A set field as it goes out, or None."""
    return obj.fields[name].to_primitive(obj, name, getattr(obj, name)) if name in obj else None


def value_at(obj, path):
    """"field" or "field.key" of an object; None if unset or absent."""
    name, _, key = path.partition('.')
    value = wire(obj, name)
    return value if not key else value.get(key) if isinstance(value, dict) else None


CONDITIONS = {
    'set': lambda value, given: value is not None,
    'null': lambda value, given: value is None,
    'true': lambda value, given: value is True,
    'non_empty': lambda value, given: bool(value),
    'equals': lambda value, given: value == given,
    'in': lambda value, given: value in given,
    'not_in': lambda value, given: value not in given,
    'greater': lambda value, given: isinstance(value, (int, float)) and value > given,
}


def hold(obj, conditions):
    return all(CONDITIONS[each['op']](value_at(obj, each['field']), each.get('value')) for each in conditions)


class Link:
    """Where the items of a list hang: at a column of the child, or in an association table."""

    def __init__(self, classes, name, field):
        history = classes.histories[name]
        self.child = history['children'][field]
        path = history['child_key'][field].split('.')
        self.association = len(path) == 3
        if self.association:
            self.table, self.parent_column, self.child_column = path
        else:
            self.table, self.child_column = classes.histories[self.child]['table'], path[0]


class Rows:
    def __init__(self, classes, store):
        self.classes, self.store = classes, store

    def table(self, name):
        return self.classes.histories[name]['table']

    def scalars(self, name):
        return [spec for spec in self.classes.field_specs(name) if spec['type'] != 'ListOfObjects']

    def lists(self, name):
        return [spec for spec in self.classes.field_specs(name) if spec['type'] == 'ListOfObjects']

    def truth(self, name, field):
        """The old column of a rename is the truth as long as the table has it: an older writer may be alive."""
        before = self.classes.contract(name, field).get('was_called')
        return before[0] if before and before[0] in self.store.columns(self.table(name)) else field

    def columns(self, name, spec, value):
        """The columns that hold a field: two while a rename is under way."""
        stored = to_column(spec, value)
        names = {self.truth(name, spec['name'])}
        if spec['name'] in self.store.columns(self.table(name)):
            names.add(spec['name'])
        return dict.fromkeys(names, stored)

    # Reading.

    def from_row(self, name, row, with_children):
        obj = self.classes.newest(name)()
        for spec in self.scalars(name):
            column = self.truth(name, spec['name'])
            if spec.get('deferred') or column not in row:
                continue
            value = from_column(spec, row[column])
            if value is None:  # what NULL stands for is applied where the value is used: here
                value = self.classes.contract(name, spec['name']).get('absent_means')
            setattr(obj, spec['name'], value)
        if with_children:
            for spec in self.lists(name):
                if not spec.get('deferred'):
                    setattr(obj, spec['name'], self.items(name, spec['name'], row['id']))
        obj.obj_reset_changes()
        return obj

    def link(self, name, field):
        return Link(self.classes, name, field)

    def items(self, name, field, row_id):
        link = self.link(name, field)
        if link.association:
            rows = self.store.list(link.table, {link.parent_column: row_id})
            return [self.read(link.child, row[link.child_column]) for row in rows]
        rows = self.store.list(link.table, {link.child_column: row_id})
        return [self.from_row(link.child, row, True) for row in rows]

    def row(self, name, row_id):
        row = self.store.get(self.table(name), row_id)
        if row is None:
            raise Refused('NotFound', '%s %s does not exist' % (name, row_id))
        return row

    def read(self, name, row_id):
        return self.from_row(name, self.row(name, row_id), True)

    def find(self, name, where):
        """Those whose fields equal all of `where`. The database compares what has one form in a column. What NULL
        stands for it does not know, and of a Json value it knows one spelling: these are compared as objects have
        them. A caller of another release may know a field by the name that it had."""
        row, compared, probe = {}, {}, self.classes.newest(name)()
        for called, value in where.items():
            spec = self.field_to_list_by(name, called)
            field = spec['name']
            try:
                if value is not None:
                    setattr(probe, field, probe.fields[field].from_primitive(probe, field, value))
                    value = getattr(probe, field)
            except (ValueError, TypeError):
                return []  # no row can hold it
            means = self.classes.contract(name, field).get('absent_means')
            if not spec.get('deferred') and (spec['type'] == 'Json' or means is not None):
                compared[field] = value
            else:
                row[self.truth(name, field)] = to_column(spec, value)
        found = [self.from_row(name, each, False) for each in self.store.list(self.table(name), row)]
        return [obj for obj in found if all(
            (getattr(obj, field) if field in obj else None) == value for field, value in compared.items())]

    def field_to_list_by(self, name, called):
        for spec in self.scalars(name):
            before = self.classes.contract(name, spec['name']).get('was_called')
            if called == spec['name'] or (before and before[0] == called):
                return spec
        raise Refused('ValueError', '%s has no field %s to list by' % (name, called))

    def load(self, obj, field):
        """Sets one field, lazily."""
        for spec in self.classes.field_specs(obj.obj_name()):
            if spec['name'] == field and spec['type'] == 'ListOfObjects':
                setattr(obj, field, self.items(obj.obj_name(), field, obj.id))
                return True
            if spec['name'] == field:
                row = self.row(obj.obj_name(), obj.id)
                setattr(obj, field, from_column(spec, row[self.truth(obj.obj_name(), field)]))
                return True
        return False

    # Writing.

    def insert(self, name, row):
        self.store.insert(self.table(name), row)

    def update(self, name, row_id, row):
        self.store.update(self.table(name), row_id, row)

    def associate(self, name, field, row_id, items):
        link = self.link(name, field)
        self.store.remove(link.table, {link.parent_column: row_id})
        for item in items:
            self.store.insert(link.table, {link.parent_column: row_id, link.child_column: item.id})

    def destroy(self, name, row_id):
        self.row(name, row_id)
        self.consequences(name, row_id, 'destroy')
        self.store.remove(self.table(name), {'id': row_id})

    def consequences(self, name, row_id, action):
        for one in self.classes.snapshot.get('consequences', []):
            if one['on_object'] != name or one['on_action'] != action:
                continue
            if 'on_when' in one:
                row = self.store.get(self.table(name), row_id)
                if row is None or not hold(self.from_row(name, row, False), one['on_when']):
                    continue
            if 'object' not in one:
                table, _, column = one['key'].partition('.')
                self.store.remove(table, {column: row_id})
                continue
            other = one['object']
            for row in self.store.list(self.table(other), {one['key']: row_id}):
                obj = self.from_row(other, row, False)
                if not hold(obj, one.get('when', [])):
                    continue
                if one['effect'] == 'destroy':
                    self.destroy(other, row['id'])
                else:
                    self.update(other, row['id'], self.set_columns(obj, one['value']))

    def ended_owner(self, made):
        """Why a row must not be made any more: its owner's end destroyed all there were. Or None."""
        for one in self.classes.snapshot.get('consequences', []):
            if one.get('object') != made.obj_name() or one['effect'] != 'destroy' or one['on_action'] != 'save':
                continue
            key = getattr(made, one['key']) if one['key'] in made else None
            owner = self.store.get(self.table(one['on_object']), key) if key and 'on_when' in one else None
            if owner is not None and hold(self.from_row(one['on_object'], owner, False), one['on_when']) and \
                    hold(made, one.get('when', [])):
                return '%s %s has ended' % (one['on_object'], key)
        return None

    def set_columns(self, obj, values):
        name, row = obj.obj_name(), {}
        for path, given in values.items():
            field, _, key = path.partition('.')
            value = given
            if given == {'$now': True}:
                value = now()
            elif key:
                value = dict(getattr(obj, field) or {}, **{key: given})
            for spec in self.scalars(name):
                if spec['name'] == field:
                    row.update(self.columns(name, spec, value))
        row['updated_at'] = now().strftime(DATABASE_TIME)
        return row
