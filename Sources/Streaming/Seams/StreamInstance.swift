import Foundation

/// One run of the service, told from all others.
package struct StreamInstance: Equatable, Sendable {
    /// Where it runs, for people: host and process.
    package let name: String
    /// When it began, milliseconds since 1970.
    package let began: Int64
    /// Sixteen hexadecimal digits, drawn by lot.
    package let id: String

    /// A run.
    package init(name: String, began: Int64, id: String) {
        self.name = name
        self.began = began
        self.id = id
    }

    /// This process.
    package static func ofThisProcess(began: Int64) -> StreamInstance {
        let process = ProcessInfo.processInfo
        return StreamInstance(
            name: "\(process.hostName)/\(process.processIdentifier)", began: began,
            id: hexadecimal(.random(in: .min ... .max)))
    }

    /// Sixteen digits.
    package static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
