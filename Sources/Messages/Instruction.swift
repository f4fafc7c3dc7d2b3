/// A record among the samples that changes what was learned instead of teaching.
///
/// A value that came out of ``SampleDecoder`` is sound: ids, labels and features as in a ``Sample``, and the two
/// classes of a renaming or merging differ. Whether what it speaks of was ever learned is the learner's to know.
public enum Instruction: Equatable, Sendable {
    /// Takes back one sample that was learned. It is given again as it was, since few samples are kept.
    ///
    /// - `id`: What the producer called the sample.
    /// - `features`: Its features, as many as the stream has dimensions.
    /// - `label`: The class it was learned as.
    /// - `weight`: How many times it counted, in ``Sample/weights``.
    case unlearn(id: String, features: [Float], label: String, weight: Int)
    /// Forgets a class and all that was learned of it.
    case deleteClass(label: String)
    /// Gives the class `label` the name `to`.
    case renameClass(label: String, to: String)
    /// Adds what was learned of the class `label` to the class `into`, and ends the first.
    case mergeClasses(label: String, into: String)
}
