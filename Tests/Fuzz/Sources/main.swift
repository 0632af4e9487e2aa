import Glibc

// PosternFuzz list                 names the targets and the longest input of each
// PosternFuzz TARGET ARGUMENT…     runs one; the arguments are libFuzzer's own

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

if FuzzTarget.chosen == nil {
    for target in FuzzTarget.all { print(target.name, target.longest) }
    exit(CommandLine.arguments.dropFirst().first == "list" ? 0 : 64)
}
// On ARM a Swift trap is SIGTRAP, which libFuzzer does not handle: the input would be lost.
signal(SIGTRAP) { _ in abort() }

// libFuzzer reads from its second argument on; the first becomes the target's name.
var count = CommandLine.argc - 1
var arguments = CommandLine.unsafeArgv + 1
exit(
    runDriver(&count, &arguments) { start, count in
        FuzzTarget.chosen?.check(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    })
