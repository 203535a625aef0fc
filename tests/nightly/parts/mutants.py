"""Each assertion of each check taken away in turn: ../mutants.py says how."""
import mutants

about = 'every assertion of every check is missed by a test when it is taken away'
setup = ['build', 'test']
jobs = 2


def cases():
    return mutants.cases()
