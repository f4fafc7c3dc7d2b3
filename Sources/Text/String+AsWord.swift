extension String {
    /// The text when it has at most 64 bytes, else no text: for comparing foreign text with words that are known.
    ///
    /// Swift compares texts in their normal form, and making it takes time by the square of a run of combining marks:
    /// minutes for a mebibyte. A text longer than any word that is known need not be compared at all.
    public var asWord: String { utf8.count <= 64 ? self : "" }
}
