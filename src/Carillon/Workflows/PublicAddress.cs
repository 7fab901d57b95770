using System.Net;
using System.Net.Sockets;

namespace Carillon.Workflows;

/// <summary>Whether an address is one of the open internet: not private, loopback, link-local, reserved, nor a way to write one of those.</summary>
public static class PublicAddress
{
    private static readonly IPNetwork[] Inside =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.0.0.0/24"), IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("192.88.99.0/24"), IPNetwork.Parse("192.168.0.0/16"),
        IPNetwork.Parse("198.18.0.0/15"), IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("203.0.113.0/24"), IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("240.0.0.0/4"),
    ];

    // Of IPv6 only what is handed out (2000::/3), without documentation, Teredo, ORCHID and 6to4, which carries an IPv4 address inside.
    private static readonly IPNetwork HandedOut = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] Special =
        [IPNetwork.Parse("2001::/23"), IPNetwork.Parse("2001:db8::/32"), IPNetwork.Parse("2002::/16"), IPNetwork.Parse("3fff::/20")];

    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? !Array.Exists(Inside, network => network.Contains(address))
            : HandedOut.Contains(address) && !Array.Exists(Special, network => network.Contains(address));
    }
}
