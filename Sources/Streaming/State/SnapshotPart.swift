import Tensors

/// What one part of a stream keeps in a snapshot: a copy, written beside the stream.
protocol SnapshotPart: Sendable {
    /// Adds tensors and metadata to a snapshot.
    func write(into file: inout Safetensors) throws
}

/// The part of what keeps nothing.
struct EmptyPart: SnapshotPart {
    func write(into file: inout Safetensors) {}
}
