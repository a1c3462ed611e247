#include "common/core/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace shopwire {
namespace {

constexpr int kBits = 128;
constexpr int kBitsBeforeIpv4 = 96;

// "[::1]:80" and "1.2.3.4:80" without brackets, port and zone.
std::string_view host_of(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        text = end == text.npos ? std::string_view{} : text.substr(1, end - 1);
    } else if (std::ranges::count(text, ':') == 1) {
        text = text.substr(0, text.find(':'));
    }
    return text.substr(0, text.find('%'));
}

bool is_in(const Address& address, std::initializer_list<const char*> networks) {
    return std::ranges::any_of(networks,
                               [&](const char* network) { return Network::parse(network)->contains(address); });
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
    const std::string host(host_of(text));
    in_addr four{};
    Bytes bytes{};
    if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
        bytes[10] = bytes[11] = 0xff;
        std::memcpy(bytes.data() + 12, &four, sizeof four);
        return Address(bytes);
    }
    if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) return Address(bytes);
    return std::nullopt;
}

std::optional<Address> Address::of(const sockaddr& address) {
    Bytes bytes{};
    if (address.sa_family == AF_INET) {
        bytes[10] = bytes[11] = 0xff;
        std::memcpy(bytes.data() + 12, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
        return Address(bytes);
    }
    if (address.sa_family != AF_INET6) return std::nullopt;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, bytes.size());
    return Address(bytes);
}

// The IPv4 address inside of a translated (NAT64), tunnelled (6to4) or compatible one.
Address Address::unwrapped() const {
    const auto inside = [this](std::size_t at) {
        Bytes bytes{};
        bytes[10] = bytes[11] = 0xff;
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), 4, bytes.begin() + 12);
        return Address(bytes);
    };
    if (is_in(*this, {"64:ff9b::/96"})) return inside(12);
    if (is_in(*this, {"2002::/16"})) return inside(2);
    if (is_in(*this, {"::/96"}) && !is_in(*this, {"::/127"})) return inside(12);
    return *this;
}

bool Address::is_internal() const {
    const Address address = unwrapped();
    return address.is_no_system() ||
           is_in(address, {"10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24",
                           "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
                           "::1", "fc00::/7", "fec0::/10", "64:ff9b:1::/48", "2001:db8::/32"});
}

bool Address::is_no_system() const {
    return is_in(unwrapped(), {"0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::", "fe80::/10", "ff00::/8",
                               // Where clouds answer the same over IPv6 and at an address of their own.
                               "fd00:ec2::254", "100.100.100.200"});
}

std::string Address::source() const {
    Bytes bytes = bytes_;
    const bool is_ipv4 = is_in(*this, {"::ffff:0:0/96"});
    if (!is_ipv4) std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(is_ipv4 ? AF_INET : AF_INET6, bytes.data() + (is_ipv4 ? 12 : 0), text.data(), text.size());
    return text.data();
}

std::optional<Network> Network::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view host = text.substr(0, slash);
    const std::optional<Address> base = Address::parse(host);
    if (!base) return std::nullopt;
    const int before = host.find('.') != host.npos && host.find(':') == host.npos ? kBitsBeforeIpv4 : 0;
    if (slash == text.npos) return Network(*base, kBits);
    const std::string_view digits = text.substr(slash + 1);
    int bits = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits < 0 || bits > kBits - before)
        return std::nullopt;
    return Network(*base, before + bits);
}

bool Network::contains(const Address& address) const {
    for (int bit = 0; bit < bits_; bit += 8) {
        const auto at = static_cast<std::size_t>(bit / 8);
        const int kept = std::min(8, bits_ - bit);
        const auto mask = static_cast<unsigned>(0xff00 >> kept) & 0xffU;
        if (((base_.bytes_[at] ^ address.bytes_[at]) & mask) != 0) return false;
    }
    return true;
}

}  // namespace shopwire
