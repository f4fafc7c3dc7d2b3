import Foundation

/// A folder of a test's own. Whoever makes it removes it.
public struct TemporaryFolder: Sendable {
    /// Where it is.
    public let url: URL

    /// Makes one.
    public init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("weir-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    /// Where it is.
    public var path: String { url.path }

    /// Removes it and all that it holds.
    public func remove() { try? FileManager.default.removeItem(at: url) }
}
