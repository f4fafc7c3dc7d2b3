/// How many words an array's option takes.
public enum ArrayParsingStrategy: Sendable {
    /// One each time it is given: `--topic a --topic b`.
    case singleValue
    /// All up to the next word that begins with a hyphen: `--topic a b`. It may be given again, too.
    case upToNextOption
}
