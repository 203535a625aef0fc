"""The service records (docs/node-protocol.md, "Services"): an engine's heartbeat, and a conductor's table of them."""

import json

from greenlet import greenlet

from protocol import Work
from rows import DATABASE_TIME, now
from rules import version_tuple
from store import Refused

TABLE = 'caravan_services'
INTERVAL = 1.0


def record(peer):
    """What a node says of itself."""
    release = peer.release
    rpc = {known['topic']: known['version'] for known in release['rpc'] if known['topic'] == peer.role}
    return {'id': peer.node, 'role': peer.role, 'release': release['name'],
            'report': {'incarnation': peer.incarnation, 'index': release['index'], 'rpc': rpc,
                       'schema': release.get('database_revision', ''), 'objects': release['manifest'], 'caps': {'rpc': peer.caps, 'objects': {}}}}


def rpc_caps(services):
    """What everybody who serves a topic understands."""
    caps = {}
    for service in services:
        for topic, version in service['report'].get('rpc', {}).items():
            if topic not in caps or version_tuple(version) < version_tuple(caps[topic]):
                caps[topic] = version
    return caps


class Membership:
    """An engine among the services: no work of its own, so nobody who drains waits for it."""

    def __init__(self, peer, pid):
        self.peer, self.pid, self.joined = peer, pid, False

    def join(self):
        greenlet(self._live).switch()

    def _live(self):
        work, unanswered = Work({}), 0
        while not self.peer.draining:
            reply = self.peer.call(work, 'conductor', 'service_update', {'service': record(self.peer)})
            error = reply.get('error') if reply else None
            if error and error.get('type') == 'JoinRefused':  # at the door, or later
                return self.peer.turned_away(error.get('message'))
            unanswered += reply is None or error is not None
            if reply and not error:
                self.peer.caps = rpc_caps(reply['result']['services'])
            if not self.joined and (unanswered == 0 or unanswered == 2):
                self.joined = True
                self.peer.hello(self.pid)
            elif not self.joined and reply is None:
                continue
            self.peer.rest(INTERVAL)


class Records:
    """A conductor's half. `store` is its database; the caller commits."""

    def __init__(self, peer, store):
        self.peer, self.store = peer, store

    def join(self, pid):
        try:
            self.put(record(self.peer))
        except Refused as refused:
            self.store.rollback()
            return self.peer.turned_away(str(refused))
        self.store.commit()
        self.peer.hello(pid)
        greenlet(self._live).switch()

    def _live(self):
        while not self.peer.draining:
            self.peer.rest(INTERVAL)
            try:
                self.put(record(self.peer))
                self.store.commit()
            except Refused as refused:
                self.store.rollback()
                return self.peer.turned_away(str(refused))
            except Exception as error:  # busy; the next one will do
                self.store.rollback()
                self.peer.log('no heartbeat: %s' % error)

    def update(self, service):
        self.put(service)
        return {'services': self.all()}

    def all(self):
        return [{'id': row['id'], 'role': row['role'], 'release': row['release_name'],
                 'report': json.loads(row['report']), 'updated_at': row['updated_at']}
                for row in sorted(self.store.list(TABLE, {}), key=lambda row: row['id'])]

    def put(self, service):
        """What is announced stands until a node of that release has come, whoever else beats under the name: of the one
        that is still there only its life and what it goes by are noted."""
        known = self.all()
        before = next((other for other in known if other['id'] == service['id']), None)
        announced = before and before['report'].get('announced') is True and before['release'] != service['release']
        stays = before and (announced or before['release'] == service['release']) and (
            before['report'].get('incarnation') == service['report'].get('incarnation'))
        if not stays:
            self.check(known, service)
        if announced:
            own = {name: service['report'][name] for name in ('incarnation', 'caps') if name in service['report']}
            service = dict(service, release=before['release'], report=dict(before['report'], **own))
        row = {'role': service['role'], 'release_name': service['release'], 'report': json.dumps(service['report']),
               'updated_at': now().strftime(DATABASE_TIME)}
        if any(other['id'] == service['id'] for other in known):
            return self.store.update(TABLE, service['id'], row)
        self.store.insert(TABLE, dict(row, id=service['id'], created_at=row['updated_at']))

    def check(self, known, joiner):
        """The join gate: the schema serves one release, and while it is expanded those up to another."""
        release, target = self.store.stage()
        if joiner['release'] in (release, target):
            return
        places = {other['release']: other['report'].get('index') for other in known}
        schemas = {other['release']: other['report'].get('schema', '') for other in known}
        # Releases that brought no migration share a schema. When nobody of its release is left, those who came before
        # vouch for the others.
        if schemas.get(release, None) == joiner['report'].get('schema', ''):
            return
        if release not in schemas and target not in schemas and joiner['release'] in schemas:
            return
        first, last, at = places.get(release), places.get(target), joiner['report'].get('index')
        if target and None not in (first, last, at) and first < at < last:
            return
        raise Refused('JoinRefused', 'the schema serves %s; %s is of %s' % (
            '%s to %s' % (release, target) if target else release, joiner['id'], joiner['release']))
