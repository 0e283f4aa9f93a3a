//! The methods of network addresses, which are strings here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rhai::{Array, Blob, Dynamic, INT, Module};

use crate::engine::value::{EvalResult, ScriptError, register, type_mark};
use crate::reflect::{Manhole, Value};

/// Adds the methods.
pub(super) fn bind(module: &mut Module) {
    register(module, "ip", |text: &str| Ok(marked(socket_address(text, "ip")?.ip())) as EvalResult);
    register(module, "port", |text: &str| -> EvalResult {
        Ok(type_mark::mark(INT::from(socket_address(text, "port")?.port()).into(), u16::type_info()))
    });
    type Test = fn(IpAddr) -> bool;
    const TESTS: [(&str, Test); 9] = [
        ("is_broadcast", |ip| matches!(ip, IpAddr::V4(ip) if ip.is_broadcast())),
        ("is_ipv4", |ip| ip.is_ipv4()),
        ("is_ipv6", |ip| ip.is_ipv6()),
        ("is_link_local", |ip| match ip {
            IpAddr::V4(ip) => ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        }),
        ("is_loopback", |ip| ip.is_loopback()),
        ("is_multicast", |ip| ip.is_multicast()),
        ("is_private", |ip| match ip {
            IpAddr::V4(ip) => ip.is_private(),
            IpAddr::V6(ip) => ip.is_unique_local(),
        }),
        ("is_unique_local", |ip| matches!(ip, IpAddr::V6(ip) if ip.is_unique_local())),
        ("is_unspecified", |ip| ip.is_unspecified()),
    ];
    for (name, test) in TESTS {
        register(module, name, move |text: &str| EvalResult::Ok(test(address(text, name)?)));
    }
    register(module, "to_canonical", |text: &str| -> EvalResult {
        Ok(marked(address(text, "to_canonical")?.to_canonical()))
    });
    register(module, "octets", |text: &str| -> EvalResult<Blob> {
        Ok(match address(text, "octets")? {
            IpAddr::V4(ip) => ip.octets().into(),
            IpAddr::V6(ip) => ip.octets().into(),
        })
    });
    register(module, "segments", |text: &str| match address(text, "segments")? {
        IpAddr::V6(ip) => Ok(ip.segments().map(|part| INT::from(part).into()).into()) as EvalResult<Array>,
        IpAddr::V4(_) => Err(ScriptError::new("cannot call `segments`: the address is one of IPv4").into()),
    });
    // `Ipv4Addr::new(10, 0, 0, 1)`, `IpAddr::from([10, 0, 0, 1])` and `SocketAddr::new(ip, 80)`.
    register(module, "__address", |ty: &str, parts: Array| -> EvalResult {
        // `from` takes the parts in one array or tuple.
        let inner = match parts.as_slice() {
            [inner] => inner.read_lock::<Array>().map(|inner| inner.clone()),
            _ => None,
        };
        let built = match inner.as_ref().unwrap_or(&parts).as_slice() {
            [ip, port] if ty == "SocketAddr" => built_socket(ip, port),
            parts => built_address(parts).map(marked),
        };
        let wrong = || {
            let error = ScriptError::new(format!("cannot make the {ty}: its parts are wrong"));
            error.with_help("write it as a string: \"10.0.0.1\", \"[::1]:80\"").into()
        };
        built.ok_or_else(wrong)
    });
}

/// Returns the value of the type `ty` for a text, or `None` for another type.
pub(super) fn parse(text: &str, ty: &str) -> Option<EvalResult> {
    fn parsed<T: Manhole>(text: &str) -> EvalResult {
        T::from_value(Value::from(text.to_owned()))
            .map_err(|error| ScriptError::new(format!("cannot parse the string: {error}")).of_function())?;
        Ok(type_mark::mark(text.to_owned().into(), T::type_info()))
    }
    Some(match ty {
        "IpAddr" => parsed::<IpAddr>(text),
        "Ipv4Addr" => parsed::<Ipv4Addr>(text),
        "Ipv6Addr" => parsed::<Ipv6Addr>(text),
        "SocketAddr" => parsed::<SocketAddr>(text),
        _ => return None,
    })
}

fn marked(ip: IpAddr) -> Dynamic {
    type_mark::mark(ip.to_string().into(), IpAddr::type_info())
}

/// Returns the address of a text; of a socket's address, that of the host.
fn address(text: &str, method: &str) -> EvalResult<IpAddr> {
    match text.parse().or_else(|error| text.parse().map(|socket: SocketAddr| socket.ip()).map_err(|_| error))
    {
        Ok(ip) => Ok(ip),
        Err(_) => Err(no_address(text, method, "an IP address").into()),
    }
}

fn socket_address(text: &str, method: &str) -> EvalResult<SocketAddr> {
    text.parse().map_err(|_| no_address(text, method, "an address with a port").into())
}

fn no_address(text: &str, method: &str, expected: &str) -> ScriptError {
    ScriptError::new(format!("cannot call `{method}`: expected {expected}, not the string {text:?}"))
}

/// Returns the address with these bytes, or 16-bit parts.
fn built_address(parts: &[Dynamic]) -> Option<IpAddr> {
    fn numbers<T: TryFrom<INT>, const N: usize>(parts: &[Dynamic]) -> Option<[T; N]> {
        let numbers: Option<Vec<T>> =
            parts.iter().map(|part| T::try_from(part.as_int().ok()?).ok()).collect();
        numbers?.try_into().ok()
    }
    numbers::<u8, 4>(parts)
        .map(IpAddr::from)
        .or_else(|| numbers::<u16, 8>(parts).map(IpAddr::from))
        .or_else(|| numbers::<u8, 16>(parts).map(IpAddr::from))
}

fn built_socket(ip: &Dynamic, port: &Dynamic) -> Option<Dynamic> {
    let parts = ip.read_lock::<Array>().and_then(|parts| built_address(&parts));
    let ip = parts.or_else(|| ip.to_string().parse().ok())?;
    let address = SocketAddr::new(ip, u16::try_from(port.as_int().ok()?).ok()?);
    Some(type_mark::mark(address.to_string().into(), SocketAddr::type_info()))
}
