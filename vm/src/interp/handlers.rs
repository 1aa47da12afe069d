//! The words that the handlers of the loop are written in.
//!
//! `handlers!` defines them inside the function that holds the loop: each is a few lines that go on to the next
//! instruction, leave the loop, or compute an address, and all work on the loop's own variables. A macro finds
//! only those variables of a function whose names it was handed, so the function hands over pc, frame and the rest,
//! and `$` itself, which a macro within a macro could not spell.

/// Defines the words for a loop with these variables.
#[rustfmt::skip] // It moves macros within a macro to the right, each time further.
macro_rules! handlers {
    ($d:tt $vm:ident $g:ident $globals:ident $pc:ident $f:ident) => {
        // The instruction at pc.
        macro_rules! i {
            () => {
                $pc.inst()
            };
        }
        // On to the next instruction, `n` words further.
        macro_rules! next {
                    ($d n:expr) => {{
                        $pc = $pc.skip($d n);
                        continue;
                    }};
                }
        // Hands control to a flow function; pc was stored.
        macro_rules! flow {
                    ($d call:expr) => {{
                        match $d call {
                            Flow::Go => {
                                $pc = Pc::of($g);
                                $f = Frame::of($g);
                                continue;
                            }
                            Flow::Yield(y) => return y,
                        }
                    }};
                }
        // A flow function for an instruction of `n` words, which is complete when the G goes on.
        macro_rules! leave {
                    ($d n:expr, $d call:expr) => {{
                        save($g, $pc.skip($d n), $f);
                        flow!($d call)
                    }};
                }
        macro_rules! raise {
                    ($d trap:expr) => {{
                        let trap = $d trap;
                        save($g, $pc.skip(1), $f);
                        flow!(raise($vm, trap))
                    }};
                }
        // A cold operation of `n` words. Where it stands is stored: one that finds no memory ends the program.
        macro_rules! cold {
                    ($d n:expr, $d op:ident) => {{
                        save($g, $pc.skip(1), $f);
                        match $d op($vm, $f, $pc) {
                            Ok(()) => next!($d n),
                            Err(trap) => raise!(trap),
                        }
                    }};
                }
        macro_rules! jump_if {
                    ($d n:expr, $d by:expr, $d cond:expr) => {{
                        if $d cond {
                            $pc = $pc.jump($d n + i64::from($d by));
                            continue;
                        }
                        next!($d n as usize)
                    }};
                }
        // A jump backwards: looks at the guard word.
        macro_rules! back_if {
                    ($d by:expr, $d cond:expr) => {{
                        if $d cond {
                            $pc = $pc.jump(1 + i64::from($d by));
                            if polled($g) {
                                save($g, $pc, $f);
                                flow!(back_edge($vm));
                            }
                            continue;
                        }
                        next!(1)
                    }};
                }
        // Address R[reg] + offset, checked for nil.
        macro_rules! address {
                    ($d reg:expr, $d offset:expr) => {{
                        let p = $f.get($d reg);
                        if p == 0 {
                            raise!(Trap::NIL_DEREF);
                        }
                        p + u64::from($d offset)
                    }};
                }
        // An index, checked to be below a length.
        macro_rules! below {
                    ($d index:expr, $d length:expr) => {{
                        let (i, n) = ($d index, $d length);
                        if i >= n {
                            raise!(Trap::index(i, n));
                        }
                        i
                    }};
                }
        // Address of element R[index] of slice P[slice].
        macro_rules! element {
                    ($d slice:expr, $d index:expr, $d size:expr) => {{
                        let (base, len_cap) = $f.pair($d slice);
                        base + below!($f.get($d index), len_cap & 0xffff_ffff) * $d size
                    }};
                }
        // The element R[c] of slice P[b], to be read; the element R[b] of P[a], to be written.
        macro_rules! in_slice {
                    ($d size:expr) => {
                        element!(i!().b(), i!().c(), $d size)
                    };
                }
        macro_rules! to_slice {
                    ($d size:expr) => {
                        element!(i!().a(), i!().b(), $d size)
                    };
                }
        // Address of element R[index] of the array of x elements that R[ptr] points to.
        macro_rules! array_element {
                    ($d ptr:expr, $d index:expr, $d size:expr) => {{
                        let base = $f.get($d ptr);
                        if base == 0 {
                            raise!(Trap::NIL_DEREF);
                        }
                        base + below!($f.get($d index), u64::from($pc.x_lo())) * $d size
                    }};
                }
        macro_rules! in_array {
                    ($d size:expr) => {
                        array_element!(i!().b(), i!().c(), $d size)
                    };
                }
        macro_rules! to_array {
                    ($d size:expr) => {
                        array_element!(i!().a(), i!().b(), $d size)
                    };
                }
        macro_rules! global {
                    ($d inst:expr) => {
                        $globals + u64::from($d inst.bc())
                    };
                }
        // Enters a frame of `frame` slots at R[win]; the instruction has `n` words.
        macro_rules! enter {
                    ($d n:expr, $d win:expr, $d frame:expr, $d code:expr) => {{
                        let win = $d win;
                        if $f.end_of(win, $d frame) > $g.guard.load(Relaxed) {
                            save($g, $pc, $f);
                            flow!(entry($vm, u32::from(win) + $d frame));
                        }
                        let callee = $f.window(win);
                        callee.enter($pc.skip($d n), u32::from(win), 0);
                        $f = callee;
                        $pc = Pc::at($d code);
                        continue;
                    }};
                }
        macro_rules! append {
                    ($d size:expr, $d cold:ident, $d store:expr) => {{
                        let (base, len_cap) = $f.pair(i!().b());
                        let (len, cap) = (len_cap & 0xffff_ffff, len_cap >> 32);
                        if len < cap {
                            ($d store)(base + len * $d size, i!().c());
                            $f.set_pair(i!().a(), (base, len_cap + 1));
                            next!(2)
                        }
                        cold!(2, $d cold)
                    }};
                }
        // An instruction of `n` words that only computes.
        macro_rules! op {
                    ($d n:expr, $d do:expr) => {{
                        $d do;
                        next!($d n)
                    }};
                }
        // R[a] += 1 and back if `on` of the new value holds.
        macro_rules! count {
                    ($d inst:expr, |$d v:ident| $d on:expr) => {{
                        let $d v = $f.int($d inst.a()).wrapping_add(1);
                        $f.set($d inst.a(), $d v as u64);
                        back_if!($d inst.ic(), $d on)
                    }};
                }
        // The instruction, a division by R[c], which is not zero.
        macro_rules! by_nonzero {
            () => {{
                if $f.get(i!().c()) == 0 {
                    raise!(Trap::DIV_ZERO);
                }
                i!()
            }};
        }
        // M32[R[b]] += R[c]; the new value.
        macro_rules! add32 {
                    ($d i:expr) => {{
                        let by = $f.get($d i.c()) as u32;
                        mem::atomic32(address!($d i.b(), 0u32)).fetch_add(by, SeqCst).wrapping_add(by)
                    }};
                }
        macro_rules! sum {
                    ($d i:expr) => {
                        $f.get($d i.b()).wrapping_add($f.get($d i.c()))
                    };
                }
        macro_rules! sum_imm {
                    ($d i:expr) => {
                        $f.get($d i.b()).wrapping_add($d i.ic() as u64)
                    };
                }
        macro_rules! product {
                    ($d i:expr) => {
                        $f.get($d i.b()).wrapping_mul($f.get($d i.c()))
                    };
                }
        macro_rules! product_imm {
                    ($d i:expr) => {
                        $f.get($d i.b()).wrapping_mul($d i.ic() as u64)
                    };
                }
        macro_rules! word_at {
                    ($d i:expr) => {
                        mem::load64(address!($d i.b(), $d i.c()))
                    };
                }
        macro_rules! store_word {
                    ($d i:expr, $d v:expr) => {
                        mem::store_plain64(address!($d i.a(), $d i.c()), $d v)
                    };
                }
        macro_rules! element64 {
                    ($d i:expr) => {
                        mem::load64(element!($d i.b(), $d i.c(), 8))
                    };
                }
        macro_rules! store_element64 {
            ($d i:expr) => {
                mem::store_plain64(element!($d i.a(), $d i.b(), 8), $f.get($d i.c()))
            };
        }
        macro_rules! element8 {
                    ($d i:expr) => {
                        u64::from(mem::load8(element!($d i.b(), $d i.c(), 1)))
                    };
                }
        // The length of a slice whose second word is R[b].
        macro_rules! length {
                    ($d i:expr) => {
                        ($f.get($d i.b()) & 0xffff_ffff) as i64
                    };
                }
        // Fused instructions. The first, of `n` words, has been carried out; gives the second.
        macro_rules! second {
                    ($d n:expr) => {{
                        $pc = $pc.skip($d n);
                        $pc.inst()
                    }};
                }
        // The first computes `v`, the second `then` of it.
        macro_rules! pair {
                    ($d first:expr, |$d v:ident, $d j:ident| $d then:expr) => {{
                        let $d v = $d first;
                        $f.set(i!().a(), $d v);
                        let $d j = second!(1);
                        $f.set($d j.a(), $d then);
                        next!(1)
                    }};
                }
        macro_rules! pair_f64 {
                    ($d first:expr, |$d v:ident, $d j:ident| $d then:expr) => {{
                        let $d v = $d first;
                        $f.set_f64(i!().a(), $d v);
                        let $d j = second!(1);
                        $f.set_f64($d j.a(), $d then);
                        next!(1)
                    }};
                }
        // The first, of `n` words, computes `v`, the second is a MulAddF64.
        macro_rules! pair_mul_add {
            ($d n:expr, $d first:expr) => {{
                let v = $d first;
                $f.set_f64(i!().a(), v);
                let j = second!($d n);
                $f.set_f64(j.a(), v + $f.f64(j.b()) * $f.f64(j.c()));
                next!(2)
            }};
        }
        // The first computes a slice, the second loads an element of it.
        macro_rules! pair_element {
            ($d first:expr) => {{
                let (base, len_cap) = $d first;
                $f.set_pair(i!().a(), (base, len_cap));
                let j = second!(1);
                let k = below!($f.get(j.c()), len_cap & 0xffff_ffff);
                $f.set(j.a(), mem::load64(base + k * 8));
                next!(1)
            }};
        }
        // One, then the other.
        macro_rules! then {
            ($d first:expr, |$d j:ident| $d second:expr) => {{
                $d first;
                let $d j = second!(1);
                $d second;
                next!(1)
            }};
        }
        macro_rules! then_jump_if {
            ($d first:expr, |$d j:ident| $d cond:expr) => {{
                $d first;
                let $d j = second!(1);
                jump_if!(1, $d j.ic(), $d cond)
            }};
        }
        macro_rules! then_back_if {
            ($d first:expr, |$d j:ident| $d by:expr, $d cond:expr) => {{
                $d first;
                let $d j = second!(1);
                back_if!($d by, $d cond)
            }};
        }
        // The first computes `v`, the second stores it.
        macro_rules! pair_store {
                    ($d n:expr, $d first:expr, |$d v:ident, $d j:ident| $d store:expr) => {{
                        let $d v = $d first;
                        $f.set(i!().a(), $d v);
                        let $d j = second!($d n);
                        $d store;
                        next!(1)
                    }};
                }
        // The first computes `v`, the second jumps if `cond` holds.
        macro_rules! pair_jump {
                    ($d first:expr, |$d v:ident, $d j:ident| $d cond:expr) => {{
                        let $d v = $d first;
                        $f.set(i!().a(), $d v);
                        let $d j = second!(1);
                        jump_if!(1, $d j.ic(), $d cond)
                    }};
                    ($d first:expr, |$d v:ident, $d j:ident| $d cond:expr, wide) => {{
                        let $d v = $d first;
                        $f.set(i!().a(), $d v);
                        let $d j = second!(1);
                        jump_if!(1, $d j.ibc(), $d cond)
                    }};
                }
        macro_rules! pair_back {
                    ($d first:expr, |$d v:ident, $d j:ident| $d cond:expr) => {{
                        let $d v = $d first;
                        $f.set(i!().a(), $d v);
                        let $d j = second!(1);
                        back_if!($d j.ic(), $d cond)
                    }};
                }
        // The first is of `n` words, the second counts and goes back below `limit`.
        macro_rules! then_for {
                    ($d n:expr, $d first:expr, |$d j:ident| $d limit:expr) => {{
                        $d first;
                        let $d j = second!($d n);
                        count!($d j, |v| v < $d limit)
                    }};
                }
        macro_rules! then_jump {
                    ($d first:expr) => {{
                        $d first;
                        let j = second!(1);
                        $pc = $pc.jump(1 + j.ibc());
                    }};
                }
        macro_rules! then_call {
                    ($d first:expr) => {{
                        $d first;
                        let j = second!(1);
                        enter!(2, j.a(), j.bc(), $pc.x())
                    }};
                }
        // Calls the func value in R[b] of an instruction.
        macro_rules! call_closure {
            ($d i:expr) => {{
                let i = $d i;
                let closure = $f.get(i.b());
                if closure == 0 {
                    raise!(Trap::NIL_DEREF);
                }
                let callee = closure_entry(closure);
                $f.set(i.a() + 2, closure);
                let (frame, code) = (callee.frame.load(Relaxed), callee.code.load(Relaxed));
                enter!(1, i.a(), frame, code as u64)
            }};
        }
        macro_rules! then_call_closure {
            ($d first:expr) => {{
                $d first;
                call_closure!(second!(1))
            }};
        }
        // Jumps if `cond` holds, else carries out the two that follow: `first` of the next, and a return.
        macro_rules! jump_or_return {
            ($d cond:expr, |$d j:ident| $d first:expr) => {{
                if $d cond {
                    $pc = $pc.jump(1 + i!().ic());
                    continue;
                }
                let $d j = second!(1);
                then_return!($d first)
            }};
        }
        macro_rules! jump_or_move {
            ($d cond:expr) => {
                jump_or_return!($d cond, |j| $f.set(j.a(), $f.get(j.b())))
            };
        }
        macro_rules! jump_or_int {
            ($d cond:expr) => {
                jump_or_return!($d cond, |j| $f.set(j.a(), j.ibc() as u64))
            };
        }
        macro_rules! then_return {
                    ($d first:expr) => {{
                        $d first;
                        $pc = $f.return_pc();
                        $f = $f.caller();
                    }};
                }
        macro_rules! float_at {
            ($d base:expr, $d offset:expr) => {
                f64::from_bits(mem::load64(address!($d base, $d offset)))
            };
        }
        // A float in memory, another one, and what the first becomes.
        macro_rules! change_float {
            (|$d x:ident, $d y:ident| $d new:expr) => {{
                let at = address!(i!().a(), $pc.xq(1));
                let $d x = f64::from_bits(mem::load64(at));
                let $d y = float_at!(i!().b(), $pc.xq(2));
                mem::store_plain64(at, ($d new).to_bits());
            }};
        }
        // Chains of floats: two loads; the product of a value and R[c]; a result and where it is stored.
        macro_rules! two_floats {
            () => {{
                let x = word_at!($pc);
                $f.set($pc.a(), x);
                let j = second!(1);
                let y = word_at!(j);
                $f.set(j.a(), y);
                (f64::from_bits(x), f64::from_bits(y))
            }};
        }
        macro_rules! then_times {
                    ($d v:expr) => {{
                        let j = second!(1);
                        let v = $d v * $f.f64(j.c());
                        $f.set_f64(j.a(), v);
                        v
                    }};
                }
        macro_rules! then_store {
                    ($d v:expr) => {{
                        let j = second!(1);
                        let v = $d v;
                        $f.set_f64(j.a(), v);
                        let j = second!(1);
                        store_word!(j, v.to_bits());
                        next!(1)
                    }};
                }
    };
}

pub(super) use handlers;
