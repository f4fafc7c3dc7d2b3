/// Why a metric has no value. The raw value is the stable code on the wire.
public enum AbsenceReason: String, Codable, Sendable, Equatable, CaseIterable {
    /// No labelled sample was scored yet.
    case noLabelsYet = "no_labels_yet"
    /// Fewer samples than the metric needs to be more than noise.
    case tooFew = "too_few"
    /// No duration was recorded yet.
    case noRecordsYet = "no_records_yet"
    /// The class has no labelled sample in this total.
    case classNotSeen = "class_not_seen"
    /// Only one class occurred, so the baseline of a kappa is always right and nothing can be gained over it.
    case fewerThanTwoClasses = "fewer_than_two_classes"
    /// Nothing is held out.
    case noHeldOutItems = "no_held_out_items"
    /// Items are held out, but were not evaluated yet.
    case notEvaluatedYet = "not_evaluated_yet"
    /// No evaluation had enough items to set a peak.
    case noPeakYet = "no_peak_yet"
    /// There was a peak, but deletions left fewer items than a comparison needs.
    case tooFewItems = "too_few_items"
    /// Every class with a peak was learned recently.
    case noClassAtRest = "no_class_at_rest"
    /// The matrix has fewer than two tasks.
    case fewerThanTwoTasks = "fewer_than_two_tasks"
    /// Nothing was learned yet.
    case nothingLearned = "nothing_learned"
    /// It takes more of the stream, or an answer of the broker, to know it.
    case notKnownYet = "not_known_yet"
    /// It is switched off.
    case off
    /// No snapshot was written yet.
    case noSnapshotYet = "no_snapshot_yet"
}
