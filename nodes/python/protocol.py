"""docs/node-protocol.md: one ZeroMQ socket, numbered messages, calls that wait for replies, timers, works in hand.

The library is synchronous. Real services run it on green threads, and so does this node: each work is a greenlet that
switches to the loop wherever it waits."""

import datetime
import heapq
import itertools
import json
import random
import sys
import time

from greenlet import getcurrent, greenlet
import zmq

from rules import version_tuple

REQUEST_DEADLINE = 2_000_000  # microseconds; after that a call is indeterminate


class RemoteError(Exception):
    """An error reply."""

    def __init__(self, error):
        super().__init__(error.get('message', '?'))
        self.type = error.get('type', '?')


class NoReply(Exception):
    """A call may or may not have had its effect."""


class Work:
    """One piece of work in hand. It is also the context that OVO's objects carry, as a request's is in real services:
    every message sent on its behalf names its operation and its cause."""

    def __init__(self, message):
        self.what, self.stage = message.get('method', ''), 'accepted'
        self.operation, self.cause = message.get('operation', ''), message.get('id', '')


class Peer:
    def __init__(self, node, incarnation, role, release, seed, endpoint, token, compat='backport',
                 request_deadline=REQUEST_DEADLINE):
        self.node, self.incarnation, self.role, self.release, self.compat = node, incarnation, role, release, compat
        self.request_deadline = request_deadline / 1e6
        self.caps = {}         # topic -> the RPC version that all who serve it understand
        self.status = None     # the exit status of a node that was turned away
        self.name = '%s#%d' % (node, incarnation)
        self.random = random.Random('%s %s' % (seed, self.name))
        self.draining = False
        self.works = []
        self._messages = itertools.count(1)
        self._order = itertools.count()
        self._timers = []      # heap of (instant, order, what to do)
        self._waiting = {}     # id of a call -> the greenlet that waits
        self._hub = getcurrent()
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.plain_username, self._socket.plain_password = self.name.encode(), token.encode()
        self._socket.linger = 300
        self._socket.connect(endpoint)

    # Sending.

    def _send(self, kind, **members):
        message = {'kind': kind, 'id': '%s/%d' % (self.name, next(self._messages)), 'from': self.name}
        message.update({name: value for name, value in members.items() if value not in ('', None)})
        self._socket.send(json.dumps(message, separators=(',', ':'), ensure_ascii=False).encode())
        self._describe('->', message)
        return message['id']

    def hello(self, pid):
        self._send('hello', args={'protocol': 1, 'release': self.release['name'], 'role': self.role, 'pid': pid})

    def turned_away(self, why):
        self._send('bye', args={'refused': why})
        self.status = 3

    def reply(self, message, result):
        self._send('reply', to=message['id'], result=result, operation=message.get('operation'), cause=message['id'])

    def refuse(self, message, error_type, text, kwargs=None):
        self._send('reply', to=message['id'], operation=message.get('operation'), cause=message['id'],
                   error={'type': error_type, 'message': text, 'kwargs': kwargs or {}})

    def trouble(self, what, error_type, operation=None, cause=None):
        self.log('trouble: ' + what)
        self._send('trouble', args={'what': what, 'error': error_type}, operation=operation, cause=cause)

    def cast(self, work, to, method, args, avoid=''):
        self._send('cast', avoid=avoid, **self._asking(work, to, method, args))

    def call(self, work, to, method, args, avoid=''):
        """The reply, or None if there was none in time."""
        number = self._send('call', avoid=avoid, **self._asking(work, to, method, args))
        self._waiting[number] = getcurrent()
        self._at(time.time() + self.request_deadline, lambda: self._answer(number, None))
        return self._hub.switch()

    def _asking(self, work, to, method, args):
        topic = to.partition('.')[0]
        version = self._rpc_version(topic, method, args)
        cap = self.caps.get(topic, version)
        if version_tuple(cap) < version_tuple(version):
            raise ValueError('%s needs RPC version %s of %s, its cap is %s' % (method, version, topic, cap))
        return {'to': to, 'method': method, 'version': version, 'args': args, 'operation': work.operation,
                'cause': work.cause}

    def _interface(self, topic):
        return next((known for known in self.release['rpc'] if known['topic'] == topic), {'methods': []})

    def _rpc_version(self, topic, method, args):
        """The lowest that has the method with these arguments."""
        for known in self._interface(topic)['methods']:
            if known['name'] == method:
                later = [arg['since'] for arg in known.get('args', []) if 'since' in arg and arg['name'] in args]
                return max([known['since']] + later, key=version_tuple)
        raise ValueError('%s has no method %s at %s' % (topic, method, self.release['name']))

    def misfit(self, message):
        """What is wrong with a call or cast that came: (type, text), or None."""
        own, method = self._interface(self.role), message.get('method')
        version = version_tuple(message.get('version') or own['version'])
        if version[0] != version_tuple(own['version'])[0] or version > version_tuple(own['version']):
            return 'UnsupportedVersion', '%s speaks version %s, %s at %s understands %s' % (
                method, message['version'], self.role, self.release['name'], own['version'])
        known = next((known for known in own['methods'] if known['name'] == method), None)
        if known is None:
            return 'UnknownMethod', '%s has no method %s' % (self.role, method)
        for name in message.get('args', {}):
            if all(arg['name'] != name for arg in known.get('args', [])):
                return 'TypeError', "%s() got an unexpected argument '%s'" % (method, name)
        return None

    # Works.

    def spawn(self, work, perform, *args):
        """Runs it until it first waits."""
        self.works.append(work)
        greenlet(self._perform).switch(work, perform, args)

    def _perform(self, work, perform, args):
        try:
            perform(work, *args)
        except Exception as error:
            self.trouble('%s (%s): %s: %s' % (work.what, work.stage, type(error).__name__, error),
                         getattr(error, 'type', type(error).__name__), work.operation, work.cause)
        finally:
            self.works.remove(work)

    def pause(self):
        """A provisioning step or poll: 10 to 50 ms."""
        self.rest(self.random.uniform(0.010, 0.050))

    def rest(self, seconds):
        self._at(time.time() + seconds, getcurrent().switch)
        self._hub.switch()

    def _at(self, instant, act):
        heapq.heappush(self._timers, (instant, next(self._order), act))

    def _answer(self, number, reply):
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            waiting.switch(reply)

    # The loop.

    def run(self, handle):
        """Until drained, or turned away. `handle` takes every message that is neither a reply nor a drain."""
        while self.status is None and not (self.draining and not self.works):
            left = max(0.0, self._timers[0][0] - time.time()) if self._timers else None
            if self._socket.poll(None if left is None else left * 1000 + 1):
                self._receive(handle)
            while self._timers and self._timers[0][0] <= time.time():
                heapq.heappop(self._timers)[2]()
        if self.status is None:
            self._send('bye')
        self._socket.close()
        self._context.term()
        return self.status or 0

    def _receive(self, handle):
        try:
            message = json.loads(self._socket.recv())
            kind = message['kind']
        except (ValueError, TypeError, KeyError) as error:
            return self.log('ignored: %s' % error)
        self._describe('<-', message)
        if kind == 'reply':
            self._answer(message.get('to'), message)
        elif kind == 'drain':
            self.draining = True
        else:
            handle(message)

    # The log: who, what, for which operation. The recording has the rest.

    def _describe(self, arrow, message):
        words = [arrow, message['kind'], message.get('id', ''), message.get('method', '')]
        words += ['to ' + message['to']] if 'to' in message else []
        words += ['for ' + message['operation']] if message.get('operation') else []
        error = message.get('error')
        words += ['error %s: %s' % (error.get('type'), error.get('message'))] if error else []
        self.log(' '.join(word for word in words if word))

    @staticmethod
    def log(line):
        now = datetime.datetime.now(datetime.timezone.utc)
        print(now.strftime('%H:%M:%S.%f'), line, file=sys.stderr, flush=True)
