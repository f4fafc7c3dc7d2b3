import KafkaBasics

/// Who else uses the group that a stream commits for.
///
/// What is answered the stream knows by itself, from snapshot, journal and its own marks; what others commit changes
/// nothing in that. But it is said, and of two runs of Weir for one group the one that began later ends.
struct GroupWatch {
    /// What is committed beside each offset.
    let mark: CommitMark
    private let group: String
    private let began: ContinuousClock.Instant
    private var nextLook: ContinuousClock.Instant
    /// What was committed when it was last looked at.
    private var seen: Commits
    private var members: [String] = []

    /// - Parameter commits: what is committed at the start.
    init(mark: CommitMark, group: String, commits: Commits, now: ContinuousClock.Instant) {
        self.mark = mark
        self.group = group
        began = now
        nextLook = now
        seen = commits
    }

    /// Who served the group before, when it was a Weir with another state: it may still work.
    var predecessor: String? {
        let marks = seen.values.compactMap { $0.mark.flatMap(CommitMark.init) }
        return marks.first { $0.state != mark.state }?.instance.name
    }

    /// How long after the start the group is looked at often: a second one should not answer much.
    private static let attention = Duration.seconds(15)

    /// Whether it is time to ask the group; the next time is later.
    mutating func isDue(now: ContinuousClock.Instant) -> Bool {
        guard now >= nextLook else { return false }
        nextLook = now + .seconds(began.duration(to: now) < Self.attention ? 1 : 10)
        return true
    }

    /// Looks at what the group says.
    ///
    /// - Returns: what there is to warn of; and whether commits are gone, as when a topic is deleted.
    /// - Throws: ``StreamError`` when another Weir serves the group, and began earlier.
    mutating func look(
        _ news: GroupNews, now: ContinuousClock.Instant
    ) throws -> (warnings: [String], isDoubtful: Bool) {
        var warnings: [String] = []
        if let joined = news.members, joined != members {
            members = joined
            if !members.isEmpty {
                warnings.append(
                    "the group \(group) has members: \(members.joined(separator: ", ")). Two programs must not share a group: as long as they are there, offsets cannot be committed for it. The stream goes on, and its state knows what is answered; give the others another group.id"
                )
            }
        }
        for (place, commit) in news.commits.sorted(by: { $0.key < $1.key }) where commit != seen[place] {
            let before = seen.updateValue(commit, forKey: place)
            guard let other = commit.mark.flatMap(CommitMark.init) else {
                warnings.append(
                    "another client has moved the group \(group) to offset \(commit.offset) of \(place). The stream goes by what it knows itself: nothing is left out, nothing answered again"
                )
                continue
            }
            // The last commit of the run before this one may have come late.
            let isOwn =
                other.instance.id == mark.instance.id
                || other.state == mark.state && began.duration(to: now) < .seconds(10)
            guard !isOwn, before != nil || commit.offset > 0 else { continue }
            let name =
                "another Weir, \(other.instance.name), serves the group \(group) (stream \(other.stream))"
            guard (mark.instance.began, mark.instance.id) < (other.instance.began, other.instance.id) else {
                throw StreamError(
                    "\(name), and began earlier: each would answer everything. Stop it, or give this stream a consumer.group of its own"
                )
            }
            warnings.append("\(name), and began later: stop it, each answers everything")
        }
        let gone = seen.keys.filter { news.commits[$0] == nil }
        for place in gone { seen[place] = nil }
        return (warnings, !gone.isEmpty)
    }
}

/// What a stream takes from the group at its start.
extension GroupWatch {
    /// By place the offset before which this state has answered, as far as the commits say.
    ///
    /// A state that is new takes what an earlier one of the stream has committed: its folder is lost, and the log teaches a
    /// new one. A state that an earlier Weir made has commits without marks; they count as far as its journal reaches.
    static func answered(
        _ commits: Commits, state: RestoredState, stream: String, reached: Offsets, ends: PlaceEnds
    ) -> Offsets {
        var answered: Offsets = [:]
        // What lies behind the end is of a topic that was there before.
        for (place, commit) in commits where commit.offset <= ends[place]?.high ?? 0 {
            let mark = commit.mark.flatMap(CommitMark.init)
            switch state.origin {
            case .new where mark?.isOf(stream: stream) ?? false: answered[place] = commit.offset
            case .known where mark?.state == state.identity: answered[place] = commit.offset
            case .earlier where mark?.isOf(stream: stream) ?? (commit.mark == nil):
                answered[place] = min(commit.offset, reached[place] ?? 0)
            default: break
            }
        }
        return answered
    }
}
