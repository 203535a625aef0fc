"""The whole suite under clang's data race checks."""
import sanitized

about = 'every test under TSan'
setup = ['build', 'test', 'sanitize']


def cases():
    return sanitized.cases('tsan')
