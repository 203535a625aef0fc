"""OVO's indirection API from the caller's side: remotable calls, lazy loads and backports go to a conductor."""

import time

from oslo_versionedobjects import base
from oslo_versionedobjects import exception

from protocol import NoReply, RemoteError

PATIENCE = 30.0  # seconds that an engine goes on trying to bring a work to its end


class ConductorAPI(base.VersionedObjectIndirectionAPI):
    ATTEMPTS = 3  # a call without a reply may have had its effect; every conductor method can be repeated

    def __init__(self, peer, classes, serializer):
        self.peer, self.classes, self.serializer = peer, classes, serializer

    def _ask(self, work, method, args, forgiven=''):
        attempt, until = 0, time.time() + PATIENCE
        while attempt < self.ATTEMPTS:
            reply = self.peer.call(work, 'conductor', method, args)
            error = reply.get('error') if reply else None
            if error and error.get('type') == 'DatabaseBusy' and time.time() < until:
                self.peer.pause()  # another writer is in the way; nothing has happened
                continue
            attempt += 1
            if reply is None:
                continue
            if error and attempt > 1 and error.get('type') == forgiven:
                return None  # the attempt before this one had its effect
            if error:
                raise RemoteError(error)
            return reply.get('result')
        raise NoReply('no reply to %s in time' % method)

    def object_action(self, context, objinst, objmethod, args, kwargs):
        forgiven = {'create': 'DuplicateId', 'destroy': 'NotFound'}.get(objmethod, '')
        answer = self._ask(context, 'object_action', {
            'objinst': self.serializer.serialize_entity(context, objinst), 'objmethod': objmethod,
            'args': list(args), 'kwargs': kwargs}, forgiven) or {}
        return self.serializer.deserialize_entity(context, answer.get('updates', {})), answer.get('result')

    def object_class_action_versions(self, context, objname, objmethod, object_versions, args, kwargs):
        answer = self._ask(context, 'object_class_action_versions', {
            'objname': objname, 'objmethod': objmethod, 'object_versions': object_versions,
            'args': list(args), 'kwargs': kwargs})
        return self.serializer.deserialize_entity(context, answer)

    def object_backport_versions(self, context, objinst, object_versions):
        if self.peer.compat == 'none':
            raise exception.IncompatibleObjectVersion(objname=objinst[self.classes.prefix + 'name'], objver='?',
                                                      supported='its own')
        avoid = ''
        for _ in range(self.ATTEMPTS):
            reply = self.peer.call(context, 'conductor', 'object_backport_versions',
                                   {'objinst': objinst, 'object_versions': object_versions}, avoid)
            if reply is None:
                continue
            error = reply.get('error')
            if error and error.get('type') == 'IncompatibleObjectVersion':
                avoid = reply['from'].partition('#')[0]  # too old itself: another one may know it
            elif error:
                raise RemoteError(error)
            else:
                return self.classes.base.obj_from_primitive(self.classes.forward(reply['result']), context)
        raise exception.UnsupportedObjectError(objtype='%s, which no conductor could backport' % (
            objinst[self.classes.prefix + 'name'],))
