// What the outside project printed, in each of its three ways: standard output and standard error together.
def warning = 'start Java with --add-modules jdk.incubator.vector'
for (way in ['module', 'class-path', 'no-flag']) {
    def said = new File(basedir, "target/${way}.txt").readLines()
    assert said.contains('F32: 0 wrong elements')
    assert said.contains('F64: 0 wrong elements')
    assert !said.any { it.contains('estricted method') || it.contains('enable-native-access') }
    def kernels = said.findAll { it.startsWith('kernels: ') }
    assert kernels.size() == 1
    def warnings = said.findAll { it.contains(warning) } - kernels
    if (way == 'no-flag') {
        assert kernels[0].startsWith('kernels: scalar')
        assert warnings.size() == 1
    } else {
        assert !kernels[0].contains(warning)
        assert warnings.empty
    }
}
assert new File(basedir, 'target/examples-module.txt').text.contains('RIGHT')
assert new File(basedir, 'target/examples-class-path.txt').text.contains('8 of 8 clients')
assert new File(basedir, 'target/class-path/dev/unroll/bench/examples').list().any { it == 'OwnCell.class' }
return true
