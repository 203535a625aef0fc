"""The whole suite under clang's address and undefined behaviour checks."""
import sanitized

about = 'every test under ASan and UBSan'
setup = ['build', 'test', 'sanitize']


def cases():
    return sanitized.cases('asan')
