// IP addresses and networks, as digits alone: nothing here asks a name server.  Values, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;  // NOLINT(readability-identifier-naming): the system's

namespace shopwire {

class Address {
 public:
    // "10.1.2.3", "2001:db8::1", "[2001:db8::1]"; with or without a port or a zone behind it.
    static std::optional<Address> parse(std::string_view text);
    static std::optional<Address> of(const sockaddr& address);  // nullopt: no IP address

    // What a host of the internet never has: loopback, private, shared and reserved ones; also where an IPv6 address
    // only wraps such an IPv4 one.
    bool is_internal() const;
    // Those of them that no system is at: link-local (a cloud tells its machines their keys there), unspecified,
    // multicast and reserved.
    bool is_no_system() const;
    // Whoever has one address of a /64 has all of them, so this is what an IPv6 address is counted by.
    std::string source() const;

    friend bool operator==(const Address&, const Address&) = default;

 private:
    friend class Network;
    using Bytes = std::array<std::uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d
    explicit Address(const Bytes& bytes) : bytes_(bytes) {}
    Address unwrapped() const;

    Bytes bytes_{};
};

class Network {
 public:
    static std::optional<Network> parse(std::string_view text);  // "10.0.0.0/8", or one address
    bool contains(const Address& address) const;

 private:
    Network(const Address& base, int bits) : base_(base), bits_(bits) {}

    Address base_;
    int bits_;  // of the 128 of an address
};

}  // namespace shopwire
