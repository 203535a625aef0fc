"""The database as conductors see it: rows of real tables, one transaction at a time (docs/design.md). Columns are those
that the table has now: migrations run beside. The triggers that witness each change are the database's own."""

import sqlite3
from urllib.parse import parse_qsl

LOCK_TIMEOUT, BRIEF = 500, 20  # milliseconds that another writer is waited for: the first time, and from then on


class Refused(Exception):
    """Goes back to the caller as an error reply."""

    def __init__(self, error_type, message):
        super().__init__(message)
        self.type = error_type


def quoted(name):
    return '"%s"' % name.replace('"', '""')


class Column:
    RANGES = {'SMALLINT': 15, 'INTEGER': 31, 'BIGINT': 63}

    def __init__(self, sql, key):
        self.sql, self.key = sql, key

    def checked(self, where, value):
        """SQLite takes any value into any column; a store does not."""
        if value is None:
            return None
        if self.sql == 'BOOLEAN':
            fits, wanted = isinstance(value, bool), 'true or false'
        elif self.sql in self.RANGES:
            limit = 1 << self.RANGES[self.sql]
            fits = isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit
            wanted = 'an integer within ' + self.sql
        elif self.sql == 'FLOAT':
            fits, wanted = isinstance(value, (int, float)) and not isinstance(value, bool), 'a number'
        else:
            fits, wanted = isinstance(value, str) and '\0' not in value, 'text'
        if not fits:
            raise Refused('Conflict', '%s: takes %s' % (where, wanted))
        return value

    def read(self, value):
        return bool(value) if self.sql == 'BOOLEAN' and value is not None else value


class Store:
    def __init__(self, url):
        scheme, _, path = url.partition('://')
        if scheme != 'sqlite':
            raise SystemExit('%s: this conductor opens SQLite only' % url)
        path, _, options = path.partition('?')
        self._wait = int(dict(parse_qsl(options)).get('busy_timeout', LOCK_TIMEOUT))
        self._locked = False
        self._database = sqlite3.connect('file:%s?mode=rw' % path, uri=True, timeout=self._wait / 1000,
                                         isolation_level=None)
        self._database.execute('pragma synchronous=normal')
        self._database.execute('pragma foreign_keys=on')
        self._generation, self._tables = None, {}

    # Statements run in the transaction that the first one opens. One that may write holds the lock from its start, so
    # that a write after a read never fails with busy.

    def begin(self, writing=True):
        if not self._database.in_transaction:
            self._begin(writing)
            generation = self._database.execute('select generation from caravan_schema').fetchone()[0]
            if generation != self._generation:
                self._load_schema()
                self._generation = generation

    def _begin(self, writing):
        """A lock that stood for a whole lock timeout is not waited for again: whoever comes next would be late."""
        if not writing:
            return self._database.execute('begin')
        self._database.execute('pragma busy_timeout=%d' % (min(BRIEF, self._wait) if self._locked else self._wait))
        try:
            self._database.execute('begin immediate')
        except sqlite3.OperationalError as error:
            self._locked = 'locked' in str(error)
            raise Refused('DatabaseBusy', str(error)) if self._locked else error
        self._locked = False

    def commit(self):
        if self._database.in_transaction:
            self._database.execute('commit')

    def rollback(self):
        if self._database.in_transaction:
            self._database.execute('rollback')

    def _load_schema(self):
        self._tables = {}
        for table, name, sql, key in self._database.execute(
                "select t.name, c.name, c.type, c.pk from sqlite_master t, pragma_table_info(t.name) c "
                "where t.type = 'table' and (t.name not like 'caravan\\_%' escape '\\' or t.name = 'caravan_services') "
                "and t.name not like 'sqlite\\_%' escape '\\' order by t.name, c.cid"):
            self._tables.setdefault(table, {})[name] = Column(sql, bool(key))

    def stage(self):
        """The release that the tables serve, and the one that an expansion leads to, or ''."""
        self.begin()
        release, target, phase = self._database.execute(
            'select release, target, phase from caravan_schema').fetchone()
        return release, target if phase in ('expand', 'data') else ''

    def columns(self, table):
        self.begin()
        return self._tables.get(table, {})

    def get(self, table, key):
        rows = self.list(table, {self._key(table): key})
        return rows[0] if rows else None

    def list(self, table, where):
        """Rows whose columns equal all of `where`, in the order in which they were made."""
        columns = self.columns(table)
        order = [name for name in ('created_at',) if name in columns] + [self._key(table) or 'rowid']
        cursor = self._run('select %s from %s%s order by %s' % (
            ', '.join(map(quoted, columns)), quoted(table), self._where(where), ', '.join(order)), table, where)
        return [{name: columns[name].read(value) for name, value in zip(columns, row)} for row in cursor]

    def insert(self, table, row):
        try:
            self._run('insert into %s (%s) values (%s)' % (
                quoted(table), ', '.join(map(quoted, row)), ', '.join('?' * len(row))), table, row)
        except sqlite3.IntegrityError as error:
            self._refuse(error, table, row)

    def update(self, table, key, row):
        names = ', '.join(quoted(name) + ' = ?' for name in row)
        try:
            cursor = self._run('update %s set %s where %s = ?' % (quoted(table), names, quoted(self._key(table))),
                               table, row, key)
        except sqlite3.IntegrityError as error:
            self._refuse(error, table, row)
        if cursor.rowcount == 0:
            raise Refused('NotFound', 'no such row in ' + table)

    def remove(self, table, where):
        try:
            self._run('delete from %s%s' % (quoted(table), self._where(where)), table, where)
        except sqlite3.IntegrityError:
            raise Refused('Conflict', table + ': another row still names it')

    def _key(self, table):
        return next((name for name, column in self.columns(table).items() if column.key), None)

    @staticmethod
    def _where(where):
        """`is` compares NULL as a value, too."""
        return ' where ' + ' and '.join(quoted(name) + ' is ?' for name in where) if where else ''

    def _run(self, sql, table, row, *more):
        columns = self.columns(table)
        for name in row:
            if name not in columns:
                raise RuntimeError('%s has no column "%s"' % (table, name))
        values = [columns[name].checked('%s.%s' % (table, name), value) for name, value in row.items()]
        return self._database.execute(sql, values + list(more))

    def _refuse(self, error, table, row):
        """What the database says no to, in the protocol's terms, with the column."""
        kind, text = error.sqlite_errorname, str(error).partition('constraint failed: ')[2]
        if kind == 'SQLITE_CONSTRAINT_PRIMARYKEY' or (kind == 'SQLITE_CONSTRAINT_UNIQUE' and
                                                      'id' in row and self.get(table, row['id'])):
            raise Refused('DuplicateId', table + ' has this id already')
        if kind == 'SQLITE_CONSTRAINT_NOTNULL':
            raise Refused('ValueError', text + ': must not be NULL')
        if kind == 'SQLITE_CONSTRAINT_CHECK' and text.startswith('length:'):  # "length:clusters.name:80"
            _, where, length = text.split(':')
            raise Refused('ValueError', '%s: longer than %s characters' % (where, length))
        if kind == 'SQLITE_CONSTRAINT_FOREIGNKEY':
            for _, _, parent, column, key, *_ in self._database.execute(
                    'select * from pragma_foreign_key_list(?)', (table,)):
                if row.get(column) is not None and not self.list(parent, {key: row[column]}):
                    raise Refused('Conflict', '%s.%s: no such row in %s' % (table, column, parent))
        raise Refused('Conflict', text or str(error))
