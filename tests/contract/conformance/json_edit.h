// Changes of a JSON answer that keep its shape.  Pure.  A text that is not JSON stays as it is.
#pragma once

#include <set>
#include <string>

namespace shopwire::conformance {

// Names of all members that hold a text, a number or a boolean, at any depth.
std::set<std::string> scalar_members(const std::string& text);
// Every member of that name that holds a text, a number or a boolean holds `value`, a JSON text, instead.
std::string with_member(const std::string& text, const std::string& name, const std::string& value);
// Every object has two members more that nobody knows.
std::string with_unknown_members(const std::string& text);
// The longest list of objects has `rows` rows, the first ones again and again.
std::string with_rows(const std::string& text, std::size_t rows);
// Whether a text anywhere inside has `part`.
bool has_text(const std::string& text, const std::string& part);
// Whether a number, or a text that is one, has this value.
bool has_amount(const std::string& text, const std::string& amount);
std::string quoted(const std::string& text);

}  // namespace shopwire::conformance
