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
    ///
    /// - Returns: the code to end with, which is another when standard output does not take the text.
    func write() -> ExitCode {
        guard !text.isEmpty else { return code }
        guard code == .success else {
            StandardError.write(text + "\n")
            return code
        }
        do {
            try StandardOutput.write(text + "\n")
            return code
        } catch let end as ExitCode {
            return end
        } catch {
            StandardError.write("Error: \(error)\n")
            return .failure
        }
    }
}
