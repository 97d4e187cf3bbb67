// Prints the schema of configs that name the types of fake_types.h, as those of tests/config/good and broken do.

#include <iostream>

#include "config/fake_types.h"
#include "config/schema/config_schema.h"
#include "plugin/registry.h"

int main() {
  netkit::TypeRegistry registry;
  netkit::test::add_fake_types(registry);
  std::cout << netkit::print_schema(registry);
}
