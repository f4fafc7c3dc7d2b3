extension Bottleneck {
    /// Forgets all that was learned of a class, exactly.
    ///
    /// - Throws: ``MemoryError`` when the readout is `sgd`.
    public mutating func remove(classIndex: Int) throws(MemoryError) {
        try readout.remove(classIndex: classIndex)
        noteAllUsed()
    }

    /// Makes all that was learned of one class learned of another, exactly.
    ///
    /// - Throws: ``MemoryError`` when the readout is `sgd`.
    public mutating func merge(_ classIndex: Int, into other: Int) throws(MemoryError) {
        // The keys in use stay the same.
        try readout.merge(classIndex, into: other)
    }
}
