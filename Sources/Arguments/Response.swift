import Foundation

/// What a program answers to its command line.
package struct Response: Equatable {
    package let code: ExitCode
    /// Empty for none. It ends without a line end.
    package var text = ""

    package init(code: ExitCode, text: String = "") {
        self.code = code
        self.text = text
    }

    /// Writes the text: to standard output if all went well, else to standard error.
    func write() {
        guard !text.isEmpty else { return }
        let descriptor = code == .success ? STDOUT_FILENO : STDERR_FILENO
        var bytes = Array((text + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            // Nobody is there to be told that nobody reads.
            guard count > 0 || (count < 0 && errno == EINTR) else { return }
            bytes = bytes.dropFirst(max(count, 0))
        }
    }
}
