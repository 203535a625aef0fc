#!/usr/bin/python3 -BE
"""The object layer of this node without a cluster: one JSON request per line on stdin, one answer per line on stdout. What
the differential test holds Caravan's own object layer against (tests/peer).

{"snapshot": FILE}                                             classes of another release from here on
{"do": "backport", "objinst": PRIMITIVE, "object_versions": {…}}  what the conductor answers
{"do": "receive", "objinst": PRIMITIVE}                           what a node makes of it, or would ask of a conductor
{"do": "forward", "objinst": PRIMITIVE}                           the forward step alone"""

import json
import sys

from oslo_versionedobjects import base

from classes import Classes, Serializer
from conductor import Refused, arguments_of, object_backport_versions


class Asked(Exception):
    """A conductor would be asked for a backport."""

    def __init__(self, question):
        super().__init__()
        self.question = question


class Question(base.VersionedObjectIndirectionAPI):
    def object_backport_versions(self, context, objinst, object_versions):
        raise Asked({'objinst': objinst, 'object_versions': object_versions})


def receive(classes, request):
    classes.base.indirection_api = Question()
    try:
        obj = Serializer(classes).deserialize_entity(None, request['objinst'])
    except Asked as asked:
        return {'asks': asked.question}
    finally:
        classes.base.indirection_api = None
    if not isinstance(obj, base.VersionedObject):
        raise Refused('ValueError', 'not the primitive of an object')
    return {'result': obj.obj_to_primitive()}


def answer(classes, request):
    if request['do'] == 'backport':
        return {'result': object_backport_versions(classes, None, request)}
    if request['do'] == 'forward':
        return {'result': classes.forward(request['objinst'])}
    return receive(classes, request)


def failure(error):
    if isinstance(error, Refused):
        return {'error': {'type': error.type, 'message': str(error)}}
    names = [kind.__name__ for kind in type(error).__mro__ if kind not in (Exception, BaseException, object)]
    return {'error': {'type': names[0], 'mro': names, 'message': str(error), 'kwargs': arguments_of(error)}}


def main():
    classes = None
    for line in sys.stdin:
        request = json.loads(line)
        if 'snapshot' in request:
            with open(request['snapshot'], encoding='utf-8') as file:
                classes = Classes(json.load(file))
            continue
        try:
            reply = answer(classes, request)
        except Exception as error:
            reply = failure(error)
        print(json.dumps(reply))


if __name__ == '__main__':
    main()
