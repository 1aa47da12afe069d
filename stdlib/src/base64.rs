//! Base 64 as Go's package reads and writes it (RFC 4648), with any alphabet and padding.

/// What stands for no value in a table of values.
const NONE: u8 = 0xFF;

/// `src` in `alphabet`, which has 64 bytes.
pub fn encode(alphabet: &[u8], pad: Option<u8>, src: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(src.len().div_ceil(3) * 4);
    for group in src.chunks(3) {
        let at = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..=group.len() {
            out.push(alphabet[(bits >> (18 - 6 * i) & 63) as usize]);
        }
        if let Some(pad) = pad {
            out.resize(out.len() + 3 - group.len(), pad);
        }
    }
    out
}

/// What `src` stands for by the table `values`, and the place of the first byte that is wrong, if one is. Line ends
/// do not count. Of the group with the fault nothing is given, unless the fault comes behind it.
pub fn decode(values: &[u8], pad: Option<u8>, strict: bool, src: &[u8]) -> (Vec<u8>, Option<usize>) {
    let mut out = Vec::with_capacity(src.len() / 4 * 3);
    let mut rest = src
        .iter()
        .copied()
        .enumerate()
        .filter(|&(_, c)| c != b'\n' && c != b'\r')
        .peekable();
    loop {
        let (mut digits, mut n, mut next) = ([0u8; 4], 0, src.len());
        let mut padding = None;
        while n < 4 {
            let Some((at, c)) = rest.next() else { break };
            next = at + 1;
            match values.get(usize::from(c)) {
                Some(&v) if v != NONE => digits[n] = v,
                _ if Some(c) == pad => {
                    padding = Some(at);
                    break;
                }
                _ => return (out, Some(at)),
            }
            n += 1;
        }
        let mut behind = None;
        match (n, padding) {
            (0, None) => return (out, None),
            (4, _) => {}
            (0 | 1, Some(at)) => return (out, Some(at)),
            (_, Some(first)) => {
                if n == 2 {
                    match rest.next() {
                        None => return (out, Some(src.len())),
                        Some((_, c)) if Some(c) != pad => return (out, Some(first)),
                        Some((at, _)) => next = at + 1,
                    }
                }
                behind = Some(rest.peek().map(|&(at, _)| at));
            }
            // Input ended within a group.
            (1, None) => return (out, Some(src.len() - 1)),
            (_, None) if pad.is_some() => return (out, Some(src.len() - n)),
            (_, None) => next = src.len(),
        }
        let bits = digits.iter().fold(0u32, |bits, &d| bits << 6 | u32::from(d));
        let bytes = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
        let whole = n * 6 / 8;
        if strict && bytes[whole..].iter().any(|&b| b != 0) {
            return (out, Some(next.saturating_sub(4 - n)));
        }
        out.extend_from_slice(&bytes[..whole]);
        if let Some(garbage) = behind {
            return (out, garbage);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    #[test]
    fn what_is_written_is_read() {
        let mut values = [NONE; 256];
        for (v, &c) in ALPHABET.iter().enumerate() {
            values[usize::from(c)] = v as u8;
        }
        for n in 0..20 {
            let data: Vec<u8> = (0..n).map(|i| (i * 37 + n) as u8).collect();
            for pad in [None, Some(b'=')] {
                let text = encode(ALPHABET, pad, &data);
                assert_eq!(decode(&values, pad, true, &text), (data.clone(), None));
            }
        }
        assert_eq!(
            decode(&values, Some(b'='), false, b"YQ==x"),
            (b"a".to_vec(), Some(4))
        );
    }
}
