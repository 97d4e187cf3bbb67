# What `cmake --install` puts where.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# What the programs load, the same for every layout of a system: they look for it from their own folder on, as
# ../lib/netkit. So an installed tree can be moved, and a build tree is used as it is.
cmake_path(SET NETKIT_INSTALL_PRIVATEDIR NORMALIZE "${CMAKE_INSTALL_BINDIR}/../lib/netkit")
set(NETKIT_INSTALL_PLUGINDIR ${NETKIT_INSTALL_PRIVATEDIR}/plugins)
set(NETKIT_INSTALL_CMAKEDIR ${CMAKE_INSTALL_LIBDIR}/cmake/netkit)
set(NETKIT_INSTALL_PKGCONFIGDIR ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# netkit_install_package(): the SDK for plugins of others, for CMake and for pkg-config.
function(netkit_install_package)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/core/include/netkit DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
          FILES_MATCHING PATTERN "*.h")
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/core/testing/include/netkit DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  set_target_properties(netkit_sdk PROPERTIES EXPORT_NAME sdk)
  set_target_properties(netkit_account PROPERTIES EXPORT_NAME account)
  set_target_properties(netkit_testing PROPERTIES EXPORT_NAME testing)
  install(TARGETS netkit_sdk netkit_account netkit_testing EXPORT netkit)
  install(EXPORT netkit NAMESPACE netkit:: FILE netkitTargets.cmake DESTINATION ${NETKIT_INSTALL_CMAKEDIR})

  set(made ${PROJECT_BINARY_DIR}/install)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/netkitConfig.cmake.in ${made}/netkitConfig.cmake
    INSTALL_DESTINATION ${NETKIT_INSTALL_CMAKEDIR} PATH_VARS NETKIT_INSTALL_PLUGINDIR)
  # Before version 1.0 a new second number may be incompatible.
  write_basic_package_version_file(${made}/netkitConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${made}/netkitConfig.cmake ${made}/netkitConfigVersion.cmake
                ${PROJECT_SOURCE_DIR}/cmake/netkit-plugin.cmake
          DESTINATION ${NETKIT_INSTALL_CMAKEDIR})
  netkit_install_pkgconfig(${made}/netkit.pc)
endfunction()

# netkit_install_pkgconfig(FILE): makes FILE, which finds its prefix from where it stands, and installs it.
function(netkit_install_pkgconfig file)
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY
             ${CMAKE_INSTALL_PREFIX}/${NETKIT_INSTALL_PKGCONFIGDIR} OUTPUT_VARIABLE up)
  foreach(folder CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR NETKIT_INSTALL_PLUGINDIR)
    cmake_path(ABSOLUTE_PATH ${folder} BASE_DIRECTORY "/prefix" OUTPUT_VARIABLE path)
    string(REGEX REPLACE "^/prefix/" "\${prefix}/" PC_${folder} ${path})
  endforeach()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/netkit.pc.in ${file} @ONLY)
  install(FILES ${file} DESTINATION ${NETKIT_INSTALL_PKGCONFIGDIR})
endfunction()

# netkit_install_documents(): documentation, licence, and examples of configs and of plugins.
function(netkit_install_documents)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
          PATTERN man EXCLUDE)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/plugins/examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples
          FILES_MATCHING PATTERN "*.cpp")
  install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/LICENSE
          DESTINATION ${CMAKE_INSTALL_DOCDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/config DESTINATION ${CMAKE_INSTALL_DATADIR}/netkit USE_SOURCE_PERMISSIONS)
endfunction()
