import Foundation
import Glibc
import TestSupport
import Testing

/// What a process may be started with: few threads, no standard descriptors.
@Suite struct ProcessLimitsTests {
    /// Nobody listens there.
    private static let yaml = "stream: s\nbrokers: 127.0.0.1:1\ndimension: 4\n"

    private func withFolder(_ body: (String) throws -> Void) throws {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        try Self.yaml.write(toFile: "\(temporary.path)/weir.yaml", atomically: true, encoding: .utf8)
        try body(temporary.path)
    }

    private static var canChangeUser: Bool {
        geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")
            && FileManager.default.isExecutableFile(atPath: "/usr/bin/prlimit")
    }

    @Test(
        "Where too few threads can be started, serving ends with the cause",
        .enabled(if: canChangeUser, "the limit does not hold for root"))
    func fewThreads() throws {
        try withFolder { folder in
            // A user without other processes.
            let user = "\(3_000_000 + getpid())"
            _ = chmod(folder, 0o755)
            let program = "\(folder)/weir"
            try FileManager.default.copyItem(atPath: Program.url.path, toPath: program)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/prlimit")
            process.arguments = [
                "--nproc=8", "/usr/bin/setpriv", "--reuid", user, "--regid", user, "--clear-groups", program,
                "serve", "--config", "\(folder)/weir.yaml",
            ]
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
            process.environment = [:]
            let errors = Pipe()
            process.standardError = errors
            try process.run()
            let said = String(
                decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 1)
            #expect(said.contains("threads can be started"), "\(said)")
        }
    }

    @Test("Standard descriptors that are closed are opened on /dev/null, before any other file")
    func closedDescriptors() throws {
        try withFolder { folder in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = [
                "-c", #"exec "$0" serve --config weir.yaml <&- >&- 2>&-"#, Program.url.path,
            ]
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
            try process.run()
            defer { Program.stop(process) }
            let pid = process.processIdentifier
            for descriptor in 0...2 {
                let path = "/proc/\(pid)/fd/\(descriptor)"
                let deadline = ContinuousClock.now + .seconds(60)
                var target: String?
                repeat {
                    target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
                    if target == "/dev/null" { break }
                    usleep(10_000)
                } while process.isRunning && ContinuousClock.now < deadline
                #expect(target == "/dev/null")
            }
        }
    }
}
