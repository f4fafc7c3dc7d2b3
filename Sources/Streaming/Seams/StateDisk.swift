import Foundation

/// The disk that a stream's state lies on: the system's, or that of a simulation. A crash can fall before, after or
/// within each of these.
///
/// Faults are ``StateError``s that name the path and the reason; what follows from them, whoever asked adds.
package protocol StateDisk: Sendable {
    /// Makes a folder, and those above it, unless they are there.
    func makeFolder(_ path: String) throws
    /// Claims a file for this process, until what is returned is let go; nil when another process has it.
    func lock(_ path: String) throws -> (any DiskLock)?
    /// The names of what a folder holds.
    func names(in folder: String) throws -> [String]
    /// The content of a file; nil when it is not there.
    func read(_ path: String) throws -> Data?
    /// Writes a file anew. When this returns, it is safe from a loss of power.
    func write(_ data: Data, to path: String) throws
    /// Gives a file another name, in place of the one that had it. When this returns, that is safe from a loss of power.
    func rename(_ path: String, to new: String) throws
    /// Removes a file, unless it is gone already.
    func remove(_ path: String) throws
    /// Sets the time of a file to now.
    ///
    /// - Returns: whether it is there.
    func touch(_ path: String) throws -> Bool
    /// Opens a file to be added to, made if need be.
    ///
    /// - Parameter bytes: how much of it stays.
    func open(_ path: String, keeping bytes: Int) throws -> any AppendedFile
}

/// A file that is added to.
package protocol AppendedFile: AnyObject {
    /// Adds to the end. A process that is killed afterwards has left it there.
    func append(_ data: Data) throws
    /// Lets go of it.
    func close()
}

/// A claim on a file.
package protocol DiskLock: AnyObject, Sendable {
    /// Whether the file that was claimed is still there: whoever removed it could claim another of its name.
    var isStanding: Bool { get }
}
