/// How much text one part of a list may hold.
///
/// A part is made whole in memory, and so is the answer made of it. Numbers alone bound neither: a thousand messages may be
/// a thousand times the longest text. JSON may write a byte as six, and Personium's answers are then copied once more; with
/// this bound one answer takes some fifty MiB at the worst, and far less in any list that people make.
public enum ListBound {
    /// The bytes of text after which a part is too much for one answer; one thing by itself is given whatever its size.
    public static let textBytes = 4 << 20
    /// What a name counts besides its own bytes: every recipient, target, file and label.
    ///
    /// Each is a thing of its own in memory, and has members of its own in an answer.
    public static let nameBytes = 64
}
