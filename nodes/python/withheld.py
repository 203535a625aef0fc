"""What an api does not get to see: the secrets of classes that no method of the engine is about."""


class Secrets:
    def __init__(self, classes):
        self.classes, self.needed = classes, set()
        for interface in classes.release['rpc']:
            for method in interface['methods'] if interface['topic'] == 'engine' else []:
                for arg in method.get('args', []):
                    self._need(arg.get('object', ''))

    def _need(self, name):
        if name in self.classes.histories and name not in self.needed:
            self.needed.add(name)
            for child in self.classes.histories[name].get('children', {}).values():
                self._need(child)

    def withhold(self, primitive):
        """Unsets them in a primitive, and in what hangs below it."""
        name, data = (primitive[self.classes.prefix + key] for key in ('name', 'data'))
        history = self.classes.histories[name]
        for contract in history['contracts'] if name not in self.needed else []:
            if '' in contract.get('secret', []) and contract.get('rest') != 'shown':
                data.pop(contract['field'], None)
        for field in history.get('children', {}):
            for child in data.get(field) or []:
                self.withhold(child)
