// Who a customer is, and whether two states of one say the same.  Pure functions.
//
// A fingerprint holds a keyed hash of each part (first name, e-mail, street ...) in its normal form: folded, trimmed, a
// phone as its last digits, a tax number without its country.  Systems write what they are given in a form of their
// own, and lack fields; so a part that is empty on one side says nothing, and differences of form are none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/core/secret.h"
#include "shopwire/events/v1/entities.pb.h"

namespace shopwire::router {

// Hexadecimal, 16 bytes of an HMAC: of the first of `match` that the customer has, else of where it stands.
std::string identity_of(const events::v1::Customer& customer, const std::string& connection,
                        const std::vector<std::string>& match, const Secret& key);

std::string fingerprint_of(const events::v1::Customer& customer, const Secret& key);

// Every part of `fields` that `state` tells is the same in `known`.  Nothing is known: false.
bool covers(std::string_view known, std::string_view state, const std::vector<std::string>& fields);

// `known`, with what `state` tells over it: what a system shows that was told `state`.
std::string overlaid(std::string_view known, std::string_view state);

// Some systems keep a part as it was, whatever they are told (the e-mail that somebody logs in with).  Parts of `shown`
// that are those of `held`, and not those that were `written`.
std::string kept_parts(std::string_view written, std::string_view held, std::string_view shown);
// The parts that are the same in both.
std::string shared_parts(std::string_view left, std::string_view right);
// `state` without the parts that are the same in `parts`: they say nothing.
std::string without(std::string_view state, std::string_view parts);

// Only what may cross, without ids and codes of its source, and without the parts that `state` does not tell.
events::v1::Customer crossing(const events::v1::Customer& customer, const std::vector<std::string>& fields,
                              std::string_view state);

// The normal forms; empty: there is none.
std::string normal_text(std::string_view text);  // trimmed, one space between words, folded
std::string normal_email(std::string_view text);
std::string normal_phone(std::string_view text);  // its last nine digits: with or without the country's prefix
std::string normal_tax_id(std::string_view text);  // letters and digits, without a country's two letters

}  // namespace shopwire::router
