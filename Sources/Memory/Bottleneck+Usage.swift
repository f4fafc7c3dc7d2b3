extension Bottleneck {
    /// How evenly learning spreads over the keys.
    public func usage() -> CodebookUsage {
        CodebookUsage(uses: readout.uses, codebooks: configuration.codebooks)
    }
}
